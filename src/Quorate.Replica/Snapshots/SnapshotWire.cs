using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>What a receiver says of a snapshot.</summary>
internal enum SnapshotWord : byte
{
    /// <summary>So many bytes are written.</summary>
    Progress,

    /// <summary>It is in place, or of no use here any more.</summary>
    Delivered,

    /// <summary>It was given up here.</summary>
    Failed,
}

/// <summary>A snapshot on its way: what the first frame of a transfer says.</summary>
/// <param name="Transfer">Grows with each transfer of a sender: its start count and a counter.</param>
/// <param name="Info">What it stands for.</param>
/// <param name="LengthBytes">Its size.</param>
internal readonly record struct SnapshotBegin(ulong Transfer, SnapshotInfo Info, long LengthBytes)
{
    public void Write(FrameWriter into) => into
        .UInt64(Transfer).UInt64(Info.Index.Value).Epoch(Info.Epoch).UInt64((ulong)LengthBytes).Bytes(Info.Configuration.ToBytes());

    /// <summary>Reads what <see cref="Write"/> wrote; null when the bytes are none.</summary>
    public static SnapshotBegin? Read(ReadOnlySpan<byte> body)
    {
        var reader = new WireReader(body);
        ulong transfer = reader.UInt64();
        var index = new LogIndex(reader.UInt64());
        Epoch epoch = reader.Epoch();
        ulong length = reader.UInt64();
        ReadOnlySpan<byte> configuration = reader.Bytes();
        if (!reader.Complete || index == LogIndex.Zero || length > long.MaxValue)
            return null;
        try
        {
            return new SnapshotBegin(
                transfer, new SnapshotInfo(index, epoch, Configuration.Read(configuration)), (long)length);
        }
        catch (InvalidDataException)
        {
            return null; // the caller drops the frame and says so
        }
    }
}
