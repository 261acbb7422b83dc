using System.Text;

namespace Quorate.Cli.Bench.Http2;

/// <summary>What a response's headers and trailers said.</summary>
internal struct ResponseHeaders
{
    /// <summary><c>:status</c>; 0 = not there.</summary>
    public int HttpStatus;

    /// <summary><c>grpc-status</c>; -1 = not there.</summary>
    public int GrpcStatus;

    /// <summary><c>grpc-message</c>, as sent.</summary>
    public string GrpcMessage;

    /// <summary>Nothing said yet.</summary>
    public static ResponseHeaders None => new() { GrpcStatus = -1, GrpcMessage = "" };
}

/// <summary>Reads header blocks of one connection (RFC 7541). What a response does not need is passed over without a string made of it.</summary>
internal sealed class HpackDecoder
{
    private const int TableBytesMax = 4096; // the default, which we leave in force

    private readonly List<HeaderField> dynamic = []; // the newest is the last
    private readonly byte[] scratch = new byte[64 << 10];
    private int tableBytes;
    private int tableBytesMax = TableBytesMax;

    /// <summary>Reads one block and notes what matters.</summary>
    /// <exception cref="InvalidDataException">It is malformed: the connection is of no more use.</exception>
    public void Decode(ReadOnlySpan<byte> block, ref ResponseHeaders into)
    {
        while (!block.IsEmpty)
        {
            byte first = block[0];
            if ((first & 0x80) != 0)
            {
                HeaderField field = At(ReadInteger(ref block, 7));
                if (field.Kind != HeaderKind.Other)
                    Note(field.Kind, field.Value, ref into);
            }
            else if ((first & 0x40) != 0)
            {
                Insert(ReadInteger(ref block, 6), ref block, ref into);
            }
            else if ((first & 0x20) != 0)
            {
                Resize(ReadInteger(ref block, 5));
            }
            else
            {
                Literal(ReadInteger(ref block, 4), ref block, ref into);
            }
        }
    }

    private static void Note(HeaderKind kind, string value, ref ResponseHeaders into)
    {
        switch (kind)
        {
            case HeaderKind.Status:
                into.HttpStatus = Number(value);
                break;
            case HeaderKind.GrpcStatus:
                into.GrpcStatus = Number(value);
                break;
            case HeaderKind.GrpcMessage:
                into.GrpcMessage = value;
                break;
            case HeaderKind.Other:
                break;
        }
    }

    private static int Number(string value) =>
        int.TryParse(value, out int number) && number >= 0 ? number : throw new InvalidDataException($"a status of '{value}'");

    private void Insert(int nameIndex, ref ReadOnlySpan<byte> block, ref ResponseHeaders into)
    {
        string name = nameIndex != 0 ? At(nameIndex).Name : ReadString(ref block);
        var field = new HeaderField(name, ReadString(ref block));
        Note(field.Kind, field.Value, ref into);
        Evict(tableBytesMax - field.SizeBytes);
        if (field.SizeBytes > tableBytesMax)
            return; // larger than the table: it only empties it (RFC 7541 §4.4)
        dynamic.Add(field);
        tableBytes += field.SizeBytes;
    }

    private void Literal(int nameIndex, ref ReadOnlySpan<byte> block, ref ResponseHeaders into)
    {
        HeaderKind kind = nameIndex != 0 ? At(nameIndex).Kind : KindOf(ReadBytes(ref block));
        ReadOnlySpan<byte> value = ReadBytes(ref block);
        if (kind != HeaderKind.Other)
            Note(kind, Encoding.Latin1.GetString(value), ref into);
    }

    private static HeaderKind KindOf(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("grpc-status"u8) ? HeaderKind.GrpcStatus
        : name.SequenceEqual("grpc-message"u8) ? HeaderKind.GrpcMessage
        : name.SequenceEqual(":status"u8) ? HeaderKind.Status
        : HeaderKind.Other;

    private void Resize(int bytes)
    {
        if (bytes > TableBytesMax)
            throw new InvalidDataException($"a header table of {bytes} bytes, {TableBytesMax} at most");
        tableBytesMax = bytes;
        Evict(bytes);
    }

    private void Evict(int bytesMax)
    {
        int gone = 0;
        while (tableBytes > bytesMax && gone < dynamic.Count)
            tableBytes -= dynamic[gone++].SizeBytes;
        dynamic.RemoveRange(0, gone);
    }

    private HeaderField At(int index)
    {
        if (index > 0 && index < HpackTables.Static.Length)
            return HpackTables.Static[index];
        int fromEnd = index - HpackTables.Static.Length;
        if (fromEnd < 0 || fromEnd >= dynamic.Count)
            throw new InvalidDataException($"header index {index} of {HpackTables.Static.Length - 1 + dynamic.Count}");
        return dynamic[dynamic.Count - 1 - fromEnd];
    }

    private string ReadString(ref ReadOnlySpan<byte> block) => Encoding.Latin1.GetString(ReadBytes(ref block));

    /// <summary>A string's bytes; good until the next is read.</summary>
    private ReadOnlySpan<byte> ReadBytes(ref ReadOnlySpan<byte> block)
    {
        if (block.IsEmpty)
            throw new InvalidDataException("a header block cut short");
        bool huffman = (block[0] & 0x80) != 0;
        int length = ReadInteger(ref block, 7);
        if (length > block.Length || length > scratch.Length / 2)
            throw new InvalidDataException("a header string cut short");
        ReadOnlySpan<byte> bytes = block[..length];
        block = block[length..];
        // The shortest code has 5 bits: twice the room is enough.
        return huffman ? scratch.AsSpan(0, HpackTables.DecodeHuffman(bytes, scratch)) : bytes;
    }

    private static int ReadInteger(ref ReadOnlySpan<byte> block, int prefixBits)
    {
        int mask = (1 << prefixBits) - 1;
        int value = block[0] & mask;
        int at = 1;
        if (value == mask)
        {
            int shift = 0;
            byte next;
            do
            {
                if (at >= block.Length || shift > 21)
                    throw new InvalidDataException("a header integer cut short or too large");
                next = block[at++];
                value += (next & 0x7f) << shift;
                shift += 7;
            }
            while ((next & 0x80) != 0);
        }

        block = block[at..];
        return value;
    }
}
