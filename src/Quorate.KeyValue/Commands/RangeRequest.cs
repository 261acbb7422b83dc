namespace Quorate.KeyValue.Commands;

/// <summary>In what order a range is answered. Other numbers can arrive; they are refused.</summary>
public enum SortOrder
{
    /// <summary>None asked for: ascending by key, or by the target where it is another.</summary>
    None = 0,

    /// <summary>Smallest first.</summary>
    Ascend = 1,

    /// <summary>Largest first.</summary>
    Descend = 2,
}

/// <summary>By what a range is sorted. Other numbers can arrive; they are refused.</summary>
public enum SortTarget
{
    /// <summary>The key.</summary>
    Key = 0,

    /// <summary>Its version.</summary>
    Version = 1,

    /// <summary>Its create revision.</summary>
    Create = 2,

    /// <summary>Its mod revision.</summary>
    Mod = 3,

    /// <summary>Its value.</summary>
    Value = 4,
}

/// <summary>etcdserverpb.RangeRequest, read in place: its spans lie in the request's bytes.</summary>
public ref struct RangeRequest
{
    /// <summary>The key, or the first of the range.</summary>
    public ReadOnlySpan<byte> Key { get; set; }

    /// <summary>Empty: that key alone. <c>\0</c>: to the end. Else the first key not in it.</summary>
    public ReadOnlySpan<byte> RangeEnd { get; set; }

    /// <summary>Keys at most; 0 and below: all.</summary>
    public long Limit { get; set; }

    /// <summary>As of which revision; 0 and below: the newest.</summary>
    public long Revision { get; set; }

    /// <summary>In what order.</summary>
    public SortOrder SortOrder { get; set; }

    /// <summary>By what.</summary>
    public SortTarget SortTarget { get; set; }

    /// <summary>Local state will do.</summary>
    public bool Serializable { get; set; }

    /// <summary>Without values.</summary>
    public bool KeysOnly { get; set; }

    /// <summary>The count alone.</summary>
    public bool CountOnly { get; set; }

    /// <summary>Keys changed before it are left out; 0 = none.</summary>
    public long MinModRevision { get; set; }

    /// <summary>Keys changed after it are left out; 0 = none.</summary>
    public long MaxModRevision { get; set; }

    /// <summary>Keys created before it are left out; 0 = none.</summary>
    public long MinCreateRevision { get; set; }

    /// <summary>Keys created after it are left out; 0 = none.</summary>
    public long MaxCreateRevision { get; set; }

    /// <summary>Whether any of the four revision filters is set.</summary>
    public readonly bool HasFilters => (MinModRevision | MaxModRevision | MinCreateRevision | MaxCreateRevision) != 0;

    /// <summary>Whether the answer is in the order of the index: order none, or ascending by key.</summary>
    public readonly bool InKeyOrder =>
        SortOrder == SortOrder.None || (SortOrder == SortOrder.Ascend && SortTarget == SortTarget.Key);

    /// <summary>Whether it can be answered as its pairs are found, key by key.</summary>
    public readonly bool IsInKeyOrder => InKeyOrder && SortTarget == SortTarget.Key && !HasFilters;

    /// <summary>Reads a request; false when the bytes are none. Unknown fields are left out.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out RangeRequest request)
    {
        request = default;
        var reader = new FieldReader(bytes);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1: request.Key = reader.Bytes(); break;
                case 2: request.RangeEnd = reader.Bytes(); break;
                case 3: request.Limit = reader.Int64(); break;
                case 4: request.Revision = reader.Int64(); break;
                case 5: request.SortOrder = (SortOrder)reader.Enum(); break;
                case 6: request.SortTarget = (SortTarget)reader.Enum(); break;
                case 7: request.Serializable = reader.Bool(); break;
                case 8: request.KeysOnly = reader.Bool(); break;
                case 9: request.CountOnly = reader.Bool(); break;
                case 10: request.MinModRevision = reader.Int64(); break;
                case 11: request.MaxModRevision = reader.Int64(); break;
                case 12: request.MinCreateRevision = reader.Int64(); break;
                case 13: request.MaxCreateRevision = reader.Int64(); break;
                default: reader.Skip(); break;
            }
        }

        return reader.IsWhole;
    }

    /// <summary>Writes the request, fields in the order of their numbers.</summary>
    public readonly void Write(ByteBuffer into)
    {
        into.WriteField(1, Key);
        into.WriteField(2, RangeEnd);
        into.WriteField(3, Limit);
        into.WriteField(4, Revision);
        into.WriteField(5, (int)SortOrder);
        into.WriteField(6, (int)SortTarget);
        into.WriteField(7, Serializable);
        into.WriteField(8, KeysOnly);
        into.WriteField(9, CountOnly);
        into.WriteField(10, MinModRevision);
        into.WriteField(11, MaxModRevision);
        into.WriteField(12, MinCreateRevision);
        into.WriteField(13, MaxCreateRevision);
    }
}
