using System.Text;

namespace Quorate.Cli.Bench.Http2;

/// <summary>
/// Header blocks of one connection's requests. The first names everything and puts it in the peer's table; the others, as those of any
/// gRPC client, are a few bytes of indices.
/// </summary>
internal sealed class RequestHeaders(string authority, string path)
{
    private const byte MethodPost = 0x83;
    private const byte SchemeHttp = 0x86;
    private const int PathIndex = 4;
    private const int AuthorityIndex = 1;
    private const int ContentTypeIndex = 31;

    // In the dynamic table the newest has index 62.
    private static readonly byte[] Repeated = [MethodPost, SchemeHttp, 0x80 | 65, 0x80 | 64, 0x80 | 63, 0x80 | 62];

    private bool sent;

    /// <summary>The next block.</summary>
    public ReadOnlySpan<byte> Next()
    {
        if (sent)
            return Repeated;
        sent = true;
        var block = new List<byte> { MethodPost, SchemeHttp };
        block.Add(0x40 | PathIndex);
        AddString(block, path);
        block.Add(0x40 | AuthorityIndex);
        AddString(block, authority);
        block.Add(0x40 | ContentTypeIndex);
        AddString(block, "application/grpc");
        block.Add(0x40);
        AddString(block, "te");
        AddString(block, "trailers");
        return block.ToArray();
    }

    private static void AddString(List<byte> into, string value)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(value);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(bytes.Length, 127);
        into.Add((byte)bytes.Length);
        into.AddRange(bytes);
    }
}
