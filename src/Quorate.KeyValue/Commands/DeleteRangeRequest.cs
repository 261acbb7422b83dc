namespace Quorate.KeyValue.Commands;

/// <summary>etcdserverpb.DeleteRangeRequest, read in place: its spans lie in the request's bytes.</summary>
public ref struct DeleteRangeRequest
{
    /// <summary>The key, or the first of the range.</summary>
    public ReadOnlySpan<byte> Key { get; set; }

    /// <summary>Empty: that key alone. <c>\0</c>: to the end. Else the first key not in it.</summary>
    public ReadOnlySpan<byte> RangeEnd { get; set; }

    /// <summary>Answer with what was deleted.</summary>
    public bool PrevKv { get; set; }

    /// <summary>Reads a request; false when the bytes are none. Unknown fields are left out.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out DeleteRangeRequest request)
    {
        request = default;
        var reader = new FieldReader(bytes);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1: request.Key = reader.Bytes(); break;
                case 2: request.RangeEnd = reader.Bytes(); break;
                case 3: request.PrevKv = reader.Bool(); break;
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
        into.WriteField(3, PrevKv);
    }
}
