using System.Collections;
using System.Text;
using Quorate.Server.Flags;

namespace Quorate.Server;

/// <summary>What a command line in etcd's manner asks for.</summary>
public enum ServerCommand : byte
{
    /// <summary>Run a member.</summary>
    Serve,

    /// <summary>Print <see cref="ServerCommandLine.Usage"/>.</summary>
    Help,

    /// <summary>Print <see cref="ServerCommandLine.VersionLines"/>.</summary>
    Version,
}

/// <summary>Reads etcd's flags, variables and configuration file.</summary>
public static class ServerCommandLine
{
    /// <summary>What we say we are wherever a version is asked.</summary>
    public const string EtcdVersion = "3.7.1";

    /// <summary>The version of cluster and storage that goes with it.</summary>
    public const string ClusterVersion = "3.7.0";

    /// <summary>Reads a command line without the program's name, together with the process's variables.</summary>
    /// <param name="arguments">The flags.</param>
    /// <param name="environment">The process's variables.</param>
    /// <param name="options">Set when a member is to be run.</param>
    /// <exception cref="ConfigurationException">They cannot be read, contradict each other, or cannot work.</exception>
    public static ServerCommand Read(IReadOnlyList<string> arguments, IDictionary environment, out ServerOptions? options)
    {
        options = null;
        FlagValues flags = FlagParser.Parse(arguments);
        if (flags.Help)
            return ServerCommand.Help;
        if (flags.IsSet("version"))
            return ServerCommand.Version;
        string file = flags.Text("config-file");
        if (file.Length == 0)
            file = environment["ETCD_CONFIG_FILE"] as string ?? "";
        if (file.Length > 0)
        {
            flags = ConfigFile.Read(file);
            flags.Warnings.Insert(0, $"the configuration file {file} is used: other flags and variables are ignored");
        }
        else
        {
            FlagParser.AddVariables(flags, environment);
        }

        options = OptionsReader.Read(flags);
        return ServerCommand.Serve;
    }

    /// <summary>The four lines of <c>etcd --version</c>.</summary>
    public static string VersionLines =>
        $"""
        etcd Version: {EtcdVersion}
        Git SHA: Quorate {QuorateVersion}
        Go Version: none (.NET {Environment.Version})
        Go OS/Arch: {(OperatingSystem.IsLinux() ? "linux" : "other")}/{Architecture}
        """;

    /// <summary>Our own version.</summary>
    public static string QuorateVersion =>
        typeof(ServerCommandLine).Assembly.GetName().Version is { } version ? version.ToString(3) : "0.0.0";

    /// <summary>What <c>--help</c> prints.</summary>
    public static string Usage
    {
        get
        {
            var text = new StringBuilder();
            text.AppendLine("Usage: quorate serve [flags]      runs one member; etcd's flags and ETCD_* variables");
            text.AppendLine("       quorate --version");
            text.AppendLine();
            text.AppendLine("Flags (--flag=value or --flag value; a boolean is false only as --flag=false):");
            foreach (Flag flag in FlagTable.All)
            {
                if (flag.Help.Length == 0)
                    continue;
                string left = $"  --{flag.Name} '{flag.Default}'";
                text.Append(left.PadRight(62)).Append(' ').AppendLine(flag.Help);
            }

            text.AppendLine();
            text.Append("Each flag has a variable: ETCD_ and its name in capitals, dashes as underscores.");
            return text.ToString();
        }
    }

    private static string Architecture => System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "amd64",
        System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
        var other => other.ToString().ToLowerInvariant(),
    };
}
