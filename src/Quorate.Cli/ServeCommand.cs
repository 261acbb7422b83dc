using System.Diagnostics;
using System.Text;
using Quorate.Server;
using Quorate.Server.Flags;

namespace Quorate.Cli;

/// <summary><c>quorate serve</c>, and everything that is typed as for etcd: one member.</summary>
internal static class ServeCommand
{
    /// <summary>Whether a member is meant: no argument, a flag first, <c>serve</c>, or the program goes by the name of etcd.</summary>
    public static bool IsMeant(string[] arguments) =>
        arguments.Length == 0 || arguments[0] == "serve" || arguments[0].StartsWith('-') || CalledAs() == "etcd";

    /// <summary>Runs it.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] arguments, long began)
    {
        bool serve = arguments is ["serve", ..] && CalledAs() != "etcd";
        string[] flags = serve ? arguments[1..] : arguments;
        try
        {
            switch (ServerCommandLine.Read(flags, Environment.GetEnvironmentVariables(), out ServerOptions? options))
            {
                case ServerCommand.Help:
                    Console.Out.WriteLine(serve || CalledAs() == "etcd" ? ServerCommandLine.Usage : Commands.Overview + "\n\n" + ServerCommandLine.Usage);
                    return 0;
                case ServerCommand.Version:
                    Console.Out.WriteLine(ServerCommandLine.VersionLines);
                    return 0;
            }

            Debug.Assert(options is not null);
            // etcd's lines are for programs; whoever types `quorate serve` at a terminal reads them.
            bool chosen = flags.Any(f => f.TrimStart('-').StartsWith("log-format", StringComparison.Ordinal));
            if (serve && !chosen && !Console.IsErrorRedirected)
                options = options with { LogForPeople = true };
            return await ServerHost.RunAsync(options, began);
        }
        catch (ConfigurationException refused)
        {
            await Console.Error.WriteLineAsync($"quorate: {refused.Message}");
            return refused.ExitCode;
        }
    }

    /// <summary>The name this program was started by.</summary>
    private static string CalledAs()
    {
        // .NET gives the file's own name; a link's name is only there.
        if (!File.Exists("/proc/self/cmdline"))
            return Path.GetFileName(Environment.GetCommandLineArgs()[0]);
        byte[] line = File.ReadAllBytes("/proc/self/cmdline");
        int end = Array.IndexOf(line, (byte)0);
        return Path.GetFileName(Encoding.UTF8.GetString(line, 0, Math.Max(end, 0)));
    }
}
