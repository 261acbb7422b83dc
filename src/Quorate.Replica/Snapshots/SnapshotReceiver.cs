using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>
/// The snapshot being received, one at a time: its bytes in order into the checkpoint store, then to the core, which takes it when it is ahead.
/// Owner: the loop.
/// </summary>
internal sealed class SnapshotReceiver(LoopContext context, Outbox outbox)
{
    private readonly SequencesSeen seen = new();
    private SnapshotBegin current;
    private NodeId from;
    private long next;
    private long written;
    private Tick lastPiece;
    private bool ended;

    /// <summary>Whether one is on its way.</summary>
    public bool IsReceiving => !from.IsNone;

    /// <summary>The size of the one on its way.</summary>
    public long LengthBytes => current.LengthBytes;

    /// <summary>A snapshot begins.</summary>
    /// <returns>False when the frame makes no sense.</returns>
    public bool Begin(NodeId sender, InstanceId instance, ReadOnlySpan<byte> body)
    {
        if (SnapshotBegin.Read(body) is not { } begin)
            return false;
        if (sender == from && begin.Transfer == current.Transfer)
        {
            Say(SnapshotWord.Progress, written);
            return true;
        }

        // A repeated or delayed beginning must not replace a later transfer of the same sender.
        if (!seen.Use(sender, instance, (uint)(begin.Transfer >> 32), begin.Transfer))
            return true;
        if (IsReceiving && (ended || (begin.Info.Index < current.Info.Index && IsMoving)))
        {
            Say(sender, begin.Transfer, SnapshotWord.Failed, 0);
            return true;
        }

        if (context.Core.Status.Commit >= begin.Info.Index)
        {
            Say(sender, begin.Transfer, SnapshotWord.Delivered, 0); // the log alone has brought it this far
            return true;
        }

        if (IsReceiving)
            GiveUp("a newer one comes");
        (current, from, next, written, ended) = (begin, sender, 0, 0, false);
        lastPiece = context.Now;
        context.Notice(NoticeKind.SnapshotReceiving, from, current.Info.Index, current.LengthBytes);
        context.Checkpoints.BeginReceive(context.Group, current.Info, current.LengthBytes);
        return true;
    }

    /// <summary>Bytes of it.</summary>
    /// <returns>False when the frame makes no sense.</returns>
    public bool Piece(NodeId sender, ReadOnlySpan<byte> body)
    {
        var reader = new WireReader(body);
        ulong transfer = reader.UInt64();
        var offset = (long)reader.UInt64();
        uint checksum = reader.UInt32();
        if (!reader.Sound || reader.Remaining == 0)
            return false;
        ReadOnlySpan<byte> bytes = reader.Take(reader.Remaining);
        if (!IsCurrent(sender, transfer) || offset > next || ended || next - written >= UnwrittenBytesMax)
            return true; // after one that was lost, or ahead of the disk: the sender goes back to what is acknowledged
        if (offset < next)
        {
            Say(SnapshotWord.Progress, written); // repeated: what was said of it before was lost
            return true;
        }

        if (bytes.Length > current.LengthBytes - next || Crc32C.Of(bytes) != checksum)
            return false;
        next += bytes.Length;
        lastPiece = context.Now;
        context.Checkpoints.Receive(context.Group, bytes);
        return true;
    }

    /// <summary>The bytes given so far are written.</summary>
    public void Taken(long totalBytes)
    {
        if (!IsReceiving)
            return;
        written = Math.Min(totalBytes, next);
        Say(SnapshotWord.Progress, written);
    }

    /// <summary>All bytes were sent.</summary>
    /// <returns>False when the frame makes no sense.</returns>
    public bool End(NodeId sender, ReadOnlySpan<byte> body)
    {
        var reader = new WireReader(body);
        ulong transfer = reader.UInt64();
        if (!reader.Complete)
            return false;
        if (!IsCurrent(sender, transfer))
            return true;
        if (next == current.LengthBytes && !ended)
        {
            ended = true;
            context.Checkpoints.EndReceive(context.Group);
        }
        else
        {
            Say(SnapshotWord.Progress, written);
        }

        return true;
    }

    /// <summary>It lies whole, checked and synced: the core takes it or not.</summary>
    public void Received(SnapshotInfo info)
    {
        if (!IsReceiving || info.Index != current.Info.Index)
            return; // given up meanwhile
        if (!context.Core.InstallSnapshot(info))
        {
            context.Checkpoints.AbandonReceive(context.Group);
            Close(SnapshotWord.Delivered);
        }
    }

    /// <summary>Its install is durable.</summary>
    public void Installed() => Close(SnapshotWord.Delivered);

    /// <summary>The store gave it up.</summary>
    public void Failed(string cause)
    {
        if (!IsReceiving)
            return;
        context.Notice(NoticeKind.SnapshotNotReceived, from, current.Info.Index, cause: cause);
        Close(SnapshotWord.Failed);
    }

    // A sender keeps its own bound; whoever does not must not fill this member's memory.
    private long UnwrittenBytesMax => 2L * context.Options.SnapshotPiecesMax * context.Options.SnapshotPieceBytes;

    private bool IsMoving => context.Now - lastPiece < 2L * context.Options.SnapshotResendTicks;

    private bool IsCurrent(NodeId sender, ulong transfer)
    {
        if (sender == from && transfer == current.Transfer)
            return true;
        Say(sender, transfer, SnapshotWord.Failed, 0);
        return false;
    }

    private void GiveUp(string cause)
    {
        context.Notice(NoticeKind.SnapshotNotReceived, from, current.Info.Index, cause: cause);
        context.Checkpoints.AbandonReceive(context.Group);
        Close(SnapshotWord.Failed);
    }

    private void Close(SnapshotWord word)
    {
        if (!IsReceiving)
            return;
        Say(word, written);
        from = NodeId.None;
        current = default;
    }

    private void Say(SnapshotWord word, long bytes) => Say(from, current.Transfer, word, bytes);

    private void Say(NodeId to, ulong transfer, SnapshotWord word, long bytes)
    {
        outbox.Begin(FrameKind.SnapshotAck).UInt64(transfer).UInt64((ulong)bytes).Byte((byte)word);
        outbox.Send(to);
    }
}
