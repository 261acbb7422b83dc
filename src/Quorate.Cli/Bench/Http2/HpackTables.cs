namespace Quorate.Cli.Bench.Http2;

/// <summary>What of a response's headers means something to the caller.</summary>
internal enum HeaderKind : byte
{
    /// <summary>Nothing.</summary>
    Other,

    /// <summary><c>:status</c>.</summary>
    Status,

    /// <summary><c>grpc-status</c>.</summary>
    GrpcStatus,

    /// <summary><c>grpc-message</c>.</summary>
    GrpcMessage,
}

/// <summary>A header as the tables hold it.</summary>
internal sealed class HeaderField(string name, string value)
{
    public string Name { get; } = name;

    public string Value { get; } = value;

    public HeaderKind Kind { get; } = KindOf(name);

    /// <summary>What it counts for in the dynamic table (RFC 7541 §4.1).</summary>
    public int SizeBytes => Name.Length + Value.Length + 32;

    private static HeaderKind KindOf(string name) => name switch
    {
        ":status" => HeaderKind.Status,
        "grpc-status" => HeaderKind.GrpcStatus,
        "grpc-message" => HeaderKind.GrpcMessage,
        _ => HeaderKind.Other,
    };
}

/// <summary>The fixed tables of header compression (RFC 7541, appendices A and B).</summary>
internal static class HpackTables
{
    /// <summary>Index 1 is the first element.</summary>
    public static readonly HeaderField[] Static = Build(
        ":authority\n:method=GET\n:method=POST\n:path=/\n:path=/index.html\n:scheme=http\n:scheme=https\n:status=200\n:status=204\n:status=206\n"
        + ":status=304\n:status=400\n:status=404\n:status=500\naccept-charset\naccept-encoding=gzip, deflate\naccept-language\naccept-ranges\naccept\n"
        + "access-control-allow-origin\nage\nallow\nauthorization\ncache-control\ncontent-disposition\ncontent-encoding\ncontent-language\n"
        + "content-length\ncontent-location\ncontent-range\ncontent-type\ncookie\ndate\netag\nexpect\nexpires\nfrom\nhost\nif-match\n"
        + "if-modified-since\nif-none-match\nif-range\nif-unmodified-since\nlast-modified\nlink\nlocation\nmax-forwards\nproxy-authenticate\n"
        + "proxy-authorization\nrange\nreferer\nrefresh\nretry-after\nserver\nset-cookie\nstrict-transport-security\ntransfer-encoding\nuser-agent\n"
        + "vary\nvia\nwww-authenticate");

    // Bits of the Huffman code of each ASCII character, from 0 on. The code is canonical: within a length, codes rise with the character.
    private static readonly byte[] CodeBits =
    [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
        6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
        13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
    ];

    // For each length up to 15 bits, where every printable character is but the backslash: the first code, and the characters.
    private static readonly (uint FirstCode, byte[] Characters)[] ByLength = BuildCodes();

    /// <summary>Decodes a Huffman string of ASCII characters.</summary>
    /// <returns>Bytes written.</returns>
    /// <exception cref="InvalidDataException">It holds what no gRPC header does, or ends badly.</exception>
    public static int DecodeHuffman(ReadOnlySpan<byte> from, Span<byte> into)
    {
        int written = 0;
        uint code = 0;
        int bits = 0;
        foreach (byte octet in from)
        {
            for (int bit = 7; bit >= 0; bit--)
            {
                code = (code << 1) | (uint)((octet >> bit) & 1);
                bits++;
                if (bits >= ByLength.Length)
                    throw new InvalidDataException("a header with characters that gRPC headers do not have");
                (uint first, byte[] characters) = ByLength[bits];
                if (code < first || code - first >= characters.Length)
                    continue;
                into[written++] = characters[code - first];
                code = 0;
                bits = 0;
            }
        }

        // The rest of the last octet is filled with ones (RFC 7541 §5.2).
        if (bits > 7 || code != (1u << bits) - 1)
            throw new InvalidDataException("a Huffman string that ends badly");
        return written;
    }

    private static HeaderField[] Build(string lines)
    {
        string[] each = lines.Split('\n');
        var fields = new HeaderField[each.Length + 1];
        fields[0] = new HeaderField("", ""); // no index 0
        for (int i = 0; i < each.Length; i++)
        {
            string[] parts = each[i].Split('=');
            fields[i + 1] = new HeaderField(parts[0], parts.Length > 1 ? parts[1] : "");
        }

        return fields;
    }

    private static (uint, byte[])[] BuildCodes()
    {
        var codes = new (uint, byte[])[16];
        uint next = 0;
        for (int bits = 1; bits < codes.Length; bits++)
        {
            next <<= 1;
            byte[] characters = [.. Enumerable.Range(0, CodeBits.Length).Where(c => CodeBits[c] == bits).Select(c => (byte)c)];
            codes[bits] = (next, characters);
            next += (uint)characters.Length;
        }

        return codes;
    }
}
