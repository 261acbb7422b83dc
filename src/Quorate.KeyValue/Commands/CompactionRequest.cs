namespace Quorate.KeyValue.Commands;

/// <summary>etcdserverpb.CompactionRequest.</summary>
public struct CompactionRequest
{
    /// <summary>History below it goes.</summary>
    public long Revision { get; set; }

    /// <summary>Answer only when the old data is gone. The state machine answers at once: who asked waits for <see cref="KeyValueStore.FinishedCompaction"/>.</summary>
    public bool Physical { get; set; }

    /// <summary>Reads a request; false when the bytes are none. Unknown fields are left out.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out CompactionRequest request)
    {
        request = default;
        var reader = new FieldReader(bytes);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1: request.Revision = reader.Int64(); break;
                case 2: request.Physical = reader.Bool(); break;
                default: reader.Skip(); break;
            }
        }

        return reader.IsWhole;
    }

    /// <summary>Writes the request, fields in the order of their numbers.</summary>
    public readonly void Write(ByteBuffer into)
    {
        into.WriteField(1, Revision);
        into.WriteField(2, Physical);
    }
}
