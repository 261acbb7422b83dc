namespace Quorate.KeyValue.Commands;

/// <summary>etcdserverpb.PutRequest, read in place: its spans lie in the request's bytes.</summary>
public ref struct PutRequest
{
    /// <summary>The key.</summary>
    public ReadOnlySpan<byte> Key { get; set; }

    /// <summary>Its new value.</summary>
    public ReadOnlySpan<byte> Value { get; set; }

    /// <summary>The lease it hangs on; 0 = none.</summary>
    public long Lease { get; set; }

    /// <summary>Answer with what was there before.</summary>
    public bool PrevKv { get; set; }

    /// <summary>Keep the value that is there.</summary>
    public bool IgnoreValue { get; set; }

    /// <summary>Keep the lease that is there.</summary>
    public bool IgnoreLease { get; set; }

    /// <summary>Whether it needs to know what is there.</summary>
    internal readonly bool LooksUp => PrevKv || IgnoreValue || IgnoreLease;

    /// <summary>Reads a request; false when the bytes are none. Unknown fields are left out.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out PutRequest request)
    {
        request = default;
        var reader = new FieldReader(bytes);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1: request.Key = reader.Bytes(); break;
                case 2: request.Value = reader.Bytes(); break;
                case 3: request.Lease = reader.Int64(); break;
                case 4: request.PrevKv = reader.Bool(); break;
                case 5: request.IgnoreValue = reader.Bool(); break;
                case 6: request.IgnoreLease = reader.Bool(); break;
                default: reader.Skip(); break;
            }
        }

        return reader.IsWhole;
    }

    /// <summary>Writes the request, fields in the order of their numbers.</summary>
    public readonly void Write(ByteBuffer into)
    {
        into.WriteField(1, Key);
        into.WriteField(2, Value);
        into.WriteField(3, Lease);
        into.WriteField(4, PrevKv);
        into.WriteField(5, IgnoreValue);
        into.WriteField(6, IgnoreLease);
    }
}
