using System.Globalization;
using System.Text;
using Quorate.Consensus;

namespace Quorate.Cli.Bench;

/// <summary>Makes the requests of one run, as bytes, and knows a good answer. Owner: the generator's thread.</summary>
internal abstract class Workload
{
    private const string KeyPrefix = "bench/";
    private const int GrpcPrefixBytes = 5;

    private readonly byte[] template;
    private readonly int digitsAt;
    private readonly int digitsEnd;

    protected Workload(BenchSettings settings, string path, Action<List<byte>> afterKey)
    {
        Path = path;
        KeySpace = settings.KeySpace;
        var message = new List<byte> { 0x0a }; // key = 1, in both requests
        AddLength(message, settings.KeyBytes);
        digitsEnd = GrpcPrefixBytes + message.Count + settings.KeyBytes;
        digitsAt = digitsEnd - (KeyBytesMin(settings.KeySpace) - KeyPrefix.Length);
        message.AddRange(Encoding.ASCII.GetBytes(KeyPrefix.PadRight(settings.KeyBytes, '0')));
        afterKey(message);
        int length = message.Count;
        template = [0, (byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length, .. message];
    }

    /// <summary>The gRPC method.</summary>
    public string Path { get; }

    protected int KeySpace { get; }

    /// <summary>The shortest key that can tell so many apart.</summary>
    public static int KeyBytesMin(int keySpace) => KeyPrefix.Length + (keySpace - 1).ToString(CultureInfo.InvariantCulture).Length;

    /// <summary>The next request into <paramref name="request"/>, which this workload made or which is empty.</summary>
    /// <returns>False when there is none.</returns>
    public bool TryNext(ref byte[] request)
    {
        int key = NextKey();
        if (key < 0)
            return false;
        if (request.Length == 0)
            request = (byte[])template.Clone();
        // Every digit that any key has: none of the last one's is left.
        for (int i = digitsEnd - 1; i >= digitsAt; i--)
        {
            request[i] = (byte)('0' + (key % 10));
            key /= 10;
        }

        return true;
    }

    /// <summary>Whether an answer's message holds what was asked for.</summary>
    public abstract bool IsWanted(ReadOnlySpan<byte> message);

    /// <summary>The next key; -1 = no more.</summary>
    protected abstract int NextKey();

    protected static void AddLength(List<byte> into, int length)
    {
        for (; length >= 0x80; length >>= 7)
            into.Add((byte)(length | 0x80));
        into.Add((byte)length);
    }

    protected static void AddValue(List<byte> into, BenchSettings settings)
    {
        into.Add(0x12); // value = 2
        AddLength(into, settings.ValueBytes);
        var random = new Prng(settings.Seed ^ 0x76616c7565);
        for (int i = 0; i < settings.ValueBytes; i++)
            into.Add((byte)random.NextUInt64());
    }
}

/// <summary>Puts: random keys, or each key once.</summary>
internal sealed class PutWorkload(BenchSettings settings, bool eachOnce)
    : Workload(settings, "/etcdserverpb.KV/Put", message => AddValue(message, settings))
{
    private readonly Prng random = new(settings.Seed);
    private int next;

    public override bool IsWanted(ReadOnlySpan<byte> message) => true; // the status says it all

    protected override int NextKey()
    {
        if (!eachOnce)
            return (int)random.Below((ulong)KeySpace);
        return next < KeySpace ? next++ : -1;
    }
}

/// <summary>Gets of one random key each.</summary>
internal sealed class RangeWorkload(BenchSettings settings)
    : Workload(settings, "/etcdserverpb.KV/Range", message => AddConsistency(message, settings.Serializable))
{
    private readonly Prng random = new(settings.Seed);

    /// <summary>Whether the response has a key-value pair (field 2): fields before it are passed over.</summary>
    public override bool IsWanted(ReadOnlySpan<byte> message)
    {
        // The header comes first: field 1, and its length is far below 128.
        if (message.Length > 2 && message[0] == 0x0a && message[1] < 0x80 && message.Length > 2 + message[1])
            message = message[(2 + message[1])..];
        return !message.IsEmpty && message[0] == 0x12;
    }

    protected override int NextKey() => (int)random.Below((ulong)KeySpace);

    private static void AddConsistency(List<byte> into, bool serializable)
    {
        if (serializable)
            into.AddRange([0x38, 1]); // serializable = 7
    }
}
