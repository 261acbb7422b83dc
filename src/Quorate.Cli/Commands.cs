using System.CommandLine;
using System.CommandLine.Help;
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
        if (arguments is ["help"])
        {
            Console.Out.WriteLine(Overview);
            return 0;
        }

        // No RootCommand: that goes by the name of the program's file.
        var root = new Command("quorate", "Consensus for .NET, and a server that any etcd v3 client can use.") { new HelpOption() };
        root.Add(Serve());
        root.Add(ClusterCommand.Create());
        root.Add(BenchCommand.Create());
        root.Add(SimCommand.Create());
        root.Add(CheckCommand.Create());
        root.Add(Version());
        ParseResult parsed;
        try
        {
            parsed = root.Parse(arguments);
        }
        catch (InvalidOperationException unreadable)
        {
            // A validator has looked at a value that is none of its kind: System.CommandLine throws instead of saying so.
            return Refuse(unreadable.Message);
        }

        if (parsed.Errors.Count > 0)
            return Refuse(parsed.UnmatchedTokens is [{ } token, ..] ? $"unknown command or option '{token}'" : parsed.Errors[0].Message);
        return parsed.Invoke();
    }

    /// <summary>Says in one line why a command line cannot be read.</summary>
    private static int Refuse(string cause)
    {
        // What type was expected, by its name in .NET, helps nobody.
        int end = cause.IndexOf(" as expected type", StringComparison.Ordinal);
        string line = string.Join(' ', (end < 0 ? cause : cause[..end]).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Console.Error.WriteLine($"quorate: {line} (see quorate --help)");
        return 2;
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
