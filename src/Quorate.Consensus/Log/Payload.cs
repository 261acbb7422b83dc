namespace Quorate.Consensus;

/// <summary>
/// A stretch of a <see cref="Block"/> with its checksum, made once at the origin and carried along: log, links and peers
/// never compute it again, only compare it. A copy of this value is no reference; <see cref="Retain"/> takes one.
/// </summary>
public readonly struct Payload
{
    private readonly Block? block;
    private readonly int offset;

    /// <summary>A stretch of <paramref name="block"/> whose CRC32C is known.</summary>
    public Payload(Block block, int offset, int length, uint checksum)
    {
        Invariant.Check(offset >= 0 && length >= 0 && offset + length <= block.Bytes.Length);
        this.block = block;
        this.offset = offset;
        Length = length;
        Checksum = checksum;
    }

    /// <summary>No bytes; its checksum is 0, the CRC32C of nothing.</summary>
    public static Payload Empty => default;

    /// <summary>Bytes.</summary>
    public int Length { get; }

    /// <summary>CRC32C (Castagnoli) of the bytes.</summary>
    public uint Checksum { get; }

    /// <summary>The block it lies in; null when empty.</summary>
    public Block? Block => block;

    /// <summary>Where in <see cref="Block"/> it begins.</summary>
    public int Offset => offset;

    /// <summary>The bytes; borrowed until the reference is given back.</summary>
    public ReadOnlySpan<byte> Span => block is null ? default : block.Bytes.AsSpan(offset, Length);

    /// <summary>The bytes; kept only by a holder of a reference.</summary>
    public ReadOnlyMemory<byte> Memory => block is null ? default : block.Bytes.AsMemory(offset, Length);

    /// <summary>Takes a reference. Replica loop only.</summary>
    public void Retain() => block?.Retain();

    /// <summary>Gives a reference back. Replica loop only.</summary>
    public void Release() => block?.Release();

    /// <summary>Copies <paramref name="bytes"/> into a block of their own, which the caller holds.</summary>
    public static Payload Copy(BlockPool pool, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return Empty;
        Block block = pool.Rent(bytes.Length);
        bytes.CopyTo(block.Bytes);
        return new Payload(block, 0, bytes.Length, Crc32C.Of(bytes));
    }
}
