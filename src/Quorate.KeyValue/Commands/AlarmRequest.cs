namespace Quorate.KeyValue.Commands;

/// <summary>What is wrong with a member.</summary>
public enum AlarmKind
{
    /// <summary>None, or any.</summary>
    None = 0,

    /// <summary>Its data has reached the quota: nothing is taken that adds to it.</summary>
    NoSpace = 1,

    /// <summary>Its data differs from the others': nothing is written.</summary>
    Corrupt = 2,
}

/// <summary>Alarms in words.</summary>
public static class AlarmText
{
    /// <summary>etcd's name of it.</summary>
    public static string Word(this AlarmKind kind) => kind switch
    {
        AlarmKind.None => "NONE",
        AlarmKind.NoSpace => "NOSPACE",
        AlarmKind.Corrupt => "CORRUPT",
    };
}

/// <summary>What to do about alarms.</summary>
public enum AlarmAction
{
    /// <summary>Answer those that are active.</summary>
    Get = 0,

    /// <summary>Raise one.</summary>
    Activate = 1,

    /// <summary>End one.</summary>
    Deactivate = 2,
}

/// <summary>etcdserverpb.AlarmMember: an active alarm.</summary>
/// <param name="Member">Whose; 0 = not known.</param>
/// <param name="Kind">Which.</param>
public readonly record struct Alarm(ulong Member, AlarmKind Kind) : IComparable<Alarm>
{
    /// <summary>By kind, then by member.</summary>
    public int CompareTo(Alarm other) => Kind != other.Kind ? Kind.CompareTo(other.Kind) : Member.CompareTo(other.Member);
}

/// <summary>etcdserverpb.AlarmRequest.</summary>
public struct AlarmRequest
{
    /// <summary>What to do.</summary>
    public AlarmAction Action { get; set; }

    /// <summary>Whose alarm.</summary>
    public ulong Member { get; set; }

    /// <summary>Which; for <see cref="AlarmAction.Get"/> none means all.</summary>
    public AlarmKind Kind { get; set; }

    /// <summary>Reads a request; false when the bytes are none. Unknown fields are left out.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out AlarmRequest request)
    {
        request = default;
        var reader = new FieldReader(bytes);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1: request.Action = (AlarmAction)reader.Enum(); break;
                case 2: request.Member = (ulong)reader.Int64(); break;
                case 3: request.Kind = (AlarmKind)reader.Enum(); break;
                default: reader.Skip(); break;
            }
        }

        return reader.IsWhole;
    }

    /// <summary>Writes the request, fields in the order of their numbers.</summary>
    public readonly void Write(ByteBuffer into)
    {
        into.WriteField(1, (long)Action);
        into.WriteField(2, (long)Member);
        into.WriteField(3, (long)Kind);
    }
}

/// <summary>The active alarms, sorted; immutable.</summary>
public sealed class AlarmSet
{
    /// <summary>How many there can be: any client may raise one, for a member that does not exist too. What comes on top is not raised.</summary>
    public const int CountMax = 120;

    /// <summary>None.</summary>
    public static readonly AlarmSet Empty = new([]);

    private readonly Alarm[] all;

    internal AlarmSet(Alarm[] all) => this.all = all;

    /// <summary>All of them.</summary>
    public ReadOnlySpan<Alarm> All => all;

    /// <summary>Whether there is one of that kind.</summary>
    public bool Has(AlarmKind kind)
    {
        foreach (Alarm alarm in all)
        {
            if (alarm.Kind == kind)
                return true;
        }

        return false;
    }

    /// <summary>Whether this one is active.</summary>
    public bool Contains(Alarm alarm) => Array.BinarySearch(all, alarm) >= 0;

    internal AlarmSet With(Alarm alarm)
    {
        int at = Array.BinarySearch(all, alarm);
        return at >= 0 || all.Length == CountMax ? this : new AlarmSet([.. all[..~at], alarm, .. all[~at..]]);
    }

    internal AlarmSet Without(Alarm alarm)
    {
        int at = Array.BinarySearch(all, alarm);
        return at < 0 ? this : new AlarmSet([.. all[..at], .. all[(at + 1)..]]);
    }
}
