using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>Snapshots on their way to members: one transfer for each, read from the published checkpoint. Owner: the loop.</summary>
internal sealed class SnapshotSender(LoopContext context, Outbox outbox)
{
    private readonly List<SnapshotTransfer> transfers = [];
    private ulong counter;

    /// <summary>When a transfer must be looked at.</summary>
    public Tick NextWake
    {
        get
        {
            Tick wake = Tick.Never;
            foreach (SnapshotTransfer transfer in transfers)
                wake = transfer.NextWake < wake ? transfer.NextWake : wake;
            return wake;
        }
    }

    /// <summary>The core wants a member to get the latest checkpoint.</summary>
    public void Begin(in SnapshotRequest request)
    {
        // The member has lost the thread of a former transfer, or the core would not ask again.
        for (int i = transfers.Count - 1; i >= 0; i--)
        {
            if (transfers[i].To == request.To)
                Remove(i);
        }

        ulong id = ((ulong)context.Start.StartCount << 32) | ++counter;
        var transfer = new SnapshotTransfer(context, outbox, request, id);
        transfers.Add(transfer);
        context.Checkpoints.Open(context.Group, id);
    }

    /// <summary>A reader is open. False when it belongs to no transfer.</summary>
    public bool Opened(ulong reader, SnapshotInfo info, long lengthBytes)
    {
        if (Find(reader) is not { } at)
            return false;
        context.Notice(NoticeKind.SnapshotSending, transfers[at].To, info.Index, lengthBytes);
        if (!transfers[at].Opened(info, lengthBytes))
            End(at, delivered: false, "the checkpoint is older than the log");
        return true;
    }

    /// <summary>A piece was read. False when it belongs to no transfer.</summary>
    public bool Piece(ulong reader, byte[] bytes)
    {
        if (Find(reader) is not { } at)
            return false;
        transfers[at].Piece(bytes);
        return true;
    }

    /// <summary>A receiver's word.</summary>
    /// <returns>False when the frame makes no sense.</returns>
    public bool Receive(NodeId from, ReadOnlySpan<byte> body)
    {
        var frame = new WireReader(body);
        ulong id = frame.UInt64();
        ulong bytes = frame.UInt64();
        var word = (SnapshotWord)frame.Byte();
        if (!frame.Complete || word > SnapshotWord.Failed)
            return false;
        if (Find(id) is not { } at || transfers[at].To != from)
            return true;
        if (word == SnapshotWord.Progress)
            transfers[at].Acknowledged((long)bytes);
        else
            End(at, word == SnapshotWord.Delivered, "the member gave it up");
        return true;
    }

    /// <summary>The stream to a member has room.</summary>
    public void Room(NodeId to)
    {
        foreach (SnapshotTransfer transfer in transfers)
        {
            if (transfer.To == to)
                transfer.Room();
        }
    }

    /// <summary>The stream to a member broke.</summary>
    public void Broken(NodeId to)
    {
        foreach (SnapshotTransfer transfer in transfers)
        {
            if (transfer.To == to)
                transfer.Broken();
        }
    }

    /// <summary>Sends again what was not acknowledged, and gives up what does not move.</summary>
    public void Expire()
    {
        for (int i = transfers.Count - 1; i >= 0; i--)
        {
            if (!transfers[i].Look())
                End(i, delivered: false, "it does not move");
        }
    }

    private int? Find(ulong reader)
    {
        int at = transfers.FindIndex(transfer => transfer.Id == reader);
        return at < 0 ? null : at;
    }

    private void End(int at, bool delivered, string cause)
    {
        SnapshotTransfer transfer = transfers[at];
        Remove(at);
        NoticeKind kind = delivered ? NoticeKind.SnapshotSent : NoticeKind.SnapshotNotSent;
        context.Notice(kind, transfer.To, transfer.Index, cause: delivered ? "" : cause);
        context.Core.SnapshotSent(transfer.To, transfer.Index, delivered);
    }

    private void Remove(int at)
    {
        transfers[at].Release();
        context.Checkpoints.Close(context.Group, transfers[at].Id);
        transfers.RemoveAt(at);
    }
}
