namespace Quorate.KeyValue.Commands;

/// <summary>How a compare must come out. Another number holds always.</summary>
public enum CompareResult
{
    /// <summary>Equal.</summary>
    Equal = 0,

    /// <summary>The key's is greater.</summary>
    Greater = 1,

    /// <summary>The key's is less.</summary>
    Less = 2,

    /// <summary>Not equal.</summary>
    NotEqual = 3,
}

/// <summary>What of a key is compared. Another number compares as equal.</summary>
public enum CompareTarget
{
    /// <summary>Its version.</summary>
    Version = 0,

    /// <summary>Its create revision.</summary>
    Create = 1,

    /// <summary>Its mod revision.</summary>
    Mod = 2,

    /// <summary>Its value.</summary>
    Value = 3,

    /// <summary>Its lease.</summary>
    Lease = 4,
}

/// <summary>etcdserverpb.Compare, read in place. The value that was set counts only when it is the target's own; else 0 or empty.</summary>
public ref struct Compare
{
    /// <summary>How it must come out.</summary>
    public CompareResult Result { get; set; }

    /// <summary>What is compared.</summary>
    public CompareTarget Target { get; set; }

    /// <summary>The key, or the first of the range.</summary>
    public ReadOnlySpan<byte> Key { get; set; }

    /// <summary>Empty: that key alone. <c>\0</c>: to the end. Else the first key not in it.</summary>
    public ReadOnlySpan<byte> RangeEnd { get; set; }

    /// <summary>Which of the union's fields was set last; null when none was.</summary>
    public CompareTarget? Set { get; set; }

    /// <summary>With what, when <see cref="Set"/> is a number.</summary>
    public long Number { get; set; }

    /// <summary>With what, when <see cref="Set"/> is the value.</summary>
    public ReadOnlySpan<byte> Value { get; set; }

    /// <summary>The number to compare with; 0 when another field of the union is set.</summary>
    public readonly long NumberForTarget => Set == Target ? Number : 0;

    /// <summary>The value to compare with; empty when another field of the union is set.</summary>
    public readonly ReadOnlySpan<byte> ValueForTarget => Set == CompareTarget.Value ? Value : default;

    /// <summary>Reads a compare; false when the bytes are none. Unknown fields are left out.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out Compare compare)
    {
        compare = default;
        var reader = new FieldReader(bytes);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1: compare.Result = (CompareResult)reader.Enum(); break;
                case 2: compare.Target = (CompareTarget)reader.Enum(); break;
                case 3: compare.Key = reader.Bytes(); break;
                case 4: compare.SetNumber(CompareTarget.Version, reader.Int64()); break;
                case 5: compare.SetNumber(CompareTarget.Create, reader.Int64()); break;
                case 6: compare.SetNumber(CompareTarget.Mod, reader.Int64()); break;
                case 7:
                    compare.Value = reader.Bytes();
                    compare.Set = CompareTarget.Value;
                    break;
                case 8: compare.SetNumber(CompareTarget.Lease, reader.Int64()); break;
                case 64: compare.RangeEnd = reader.Bytes(); break;
                default: reader.Skip(); break;
            }
        }

        return reader.IsWhole;
    }

    /// <summary>Writes the compare, fields in the order of their numbers.</summary>
    public readonly void Write(ByteBuffer into)
    {
        into.WriteField(1, (int)Result);
        into.WriteField(2, (int)Target);
        into.WriteField(3, Key);
        switch (Set)
        {
            case CompareTarget.Version: into.WriteField(4, Number); break;
            case CompareTarget.Create: into.WriteField(5, Number); break;
            case CompareTarget.Mod: into.WriteField(6, Number); break;
            case CompareTarget.Value: into.WriteMessage(7, Value); break;
            case CompareTarget.Lease: into.WriteField(8, Number); break;
            case null: break;
        }

        into.WriteField(64, RangeEnd);
    }

    private void SetNumber(CompareTarget target, long number)
    {
        Set = target;
        Number = number;
    }
}
