namespace Quorate.Server.Flags;

/// <summary>How a flag's value is written.</summary>
internal enum FlagKind : byte
{
    /// <summary>Any text.</summary>
    Text,

    /// <summary>Go's booleans; the flag alone means true.</summary>
    Boolean,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A whole number from 0 on.</summary>
    Unsigned,

    /// <summary>A Go duration: <c>10m</c>, <c>1h30m</c>, <c>500ms</c>.</summary>
    Duration,
}

/// <summary>What we make of a flag.</summary>
internal enum FlagUse : byte
{
    /// <summary>It does what etcd's does.</summary>
    Used,

    /// <summary>It tunes a part that this design does not have: any value is taken, one log line says so.</summary>
    Ignored,

    /// <summary>Its part is not built yet: only the default is taken.</summary>
    NotBuilt,

    /// <summary>etcd itself has ignored it for ages.</summary>
    Ancient,
}

/// <summary>One of etcd's flags.</summary>
/// <param name="Name">Without dashes in front.</param>
/// <param name="Kind">How its value is written.</param>
/// <param name="Default">As etcd documents it; empty = unset.</param>
/// <param name="Use">What we make of it.</param>
/// <param name="Help">A few words; empty = not listed by <c>--help</c>.</param>
internal sealed record Flag(string Name, FlagKind Kind, string Default, FlagUse Use, string Help)
{
    /// <summary>The environment variable of the same meaning.</summary>
    public string Variable => "ETCD_" + Name.ToUpperInvariant().Replace('-', '_');
}
