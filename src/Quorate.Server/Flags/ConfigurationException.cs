namespace Quorate.Server.Flags;

/// <summary>A command line, variable, file or data directory that cannot work. The message is one line for people.</summary>
public sealed class ConfigurationException : Exception
{
    /// <summary>A cause and the exit code that goes with it.</summary>
    public ConfigurationException(int exitCode, string message)
        : base(message) => ExitCode = exitCode;

    /// <summary>2: a flag that does not parse or exist; 1: a stray argument or a configuration that cannot work.</summary>
    public int ExitCode { get; }

    /// <summary>A configuration that cannot work.</summary>
    public static ConfigurationException Refused(string message) => new(1, message);

    /// <summary>A flag that does not parse or exist.</summary>
    public static ConfigurationException BadFlag(string message) => new(2, message);
}
