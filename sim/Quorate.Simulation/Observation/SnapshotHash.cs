using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>A hash of a snapshot's bytes, however they are cut into pieces.</summary>
internal struct SnapshotHash
{
    private uint checksum;
    private uint length;

    public readonly ulong Value => (ulong)length << 32 | checksum;

    public void Add(ReadOnlySpan<byte> piece)
    {
        checksum = Crc32C.Extend(checksum, piece);
        length += (uint)piece.Length;
    }
}
