using System.CommandLine;
using Quorate.Cli.Bench;
using Quorate.Cli.Cluster;
using Quorate.Cli.Sim;
using Quorate.Server;

namespace Quorate.Cli;

/// <summary>The commands for people. Members are started by <see cref="ServeCommand"/>, which takes etcd's flags.</summary>
internal static class Commands
{
    /// <summary>What there is.</summary>
    public const string Overview =
        """
        Quorate: consensus for .NET, and a server that any etcd v3 client can use.

          quorate serve [flags]      run one member (also: quorate --flag ..., or under the name etcd)
          quorate cluster            run a development cluster on this machine
          quorate bench              put load on any etcd v3 cluster and measure it
          quorate sim                run simulated clusters under faults and check every promise
          quorate sim scenario       play a consensus scenario, as text or as a diagram
          quorate check HISTORY      check a history of any key-value store for linearizability
          quorate version            say the version

        Each takes --help.
        """;

    /// <summary>Runs one.</summary>
    /// <returns>The exit code: 2 for a command line that cannot be read.</returns>
    public static int Run(string[] arguments)
    {
        var root = new RootCommand("Quorate: consensus for .NET, and a server that any etcd v3 client can use.");
        root.Add(Serve());
        root.Add(ClusterCommand.Create());
        root.Add(BenchCommand.Create());
        root.Add(SimCommand.Create());
        root.Add(CheckCommand.Create());
        root.Add(Version());
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            string cause = parsed.UnmatchedTokens is [{ } token, ..] ? $"unknown command or option '{token}'" : parsed.Errors[0].Message;
            Console.Error.WriteLine($"quorate: {cause} (see quorate --help)");
            return 2;
        }

        return parsed.Invoke();
    }

    /// <summary>Stands in the list of commands; <see cref="ServeCommand"/> has taken it before this parser sees it.</summary>
    private static Command Serve() => new("serve", "Run one member: etcd's flags and ETCD_* variables, see quorate serve --help.");

    private static Command Version()
    {
        var command = new Command("version", "Say the version.");
        command.SetAction(_ =>
        {
            Console.Out.WriteLine($"Quorate {ServerCommandLine.QuorateVersion} (etcd {ServerCommandLine.EtcdVersion}, .NET {Environment.Version})");
            return 0;
        });
        return command;
    }
}
