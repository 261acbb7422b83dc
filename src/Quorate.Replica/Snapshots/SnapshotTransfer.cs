using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>
/// One snapshot on its way to one member. Pieces go out while no more than a few are unacknowledged; the receiver acknowledges what its disk
/// has taken, so the slower of link and disk sets the pace. What may be lost is sent again from the first piece unacknowledged.
/// </summary>
internal sealed class SnapshotTransfer(LoopContext context, Outbox outbox, SnapshotRequest request, ulong id)
{
    private readonly Queue<(long Offset, Payload Bytes)> unacknowledged = new();
    private readonly List<Payload> one = [Payload.Empty];
    private SnapshotBegin begin;
    private long read;
    private long sent;
    private long acknowledged;
    private bool reading;
    private bool opened;
    private bool begun;
    private bool ended;
    private bool hasRoom = true;
    private Tick lastSend = context.Now;
    private Tick lastProgress = context.Now;

    /// <summary>The transfer, and the reader of the checkpoint too.</summary>
    public ulong Id => id;

    /// <summary>To whom.</summary>
    public NodeId To => request.To;

    /// <summary>The snapshot's last entry.</summary>
    public LogIndex Index => opened ? begin.Info.Index : request.AtLeast;

    /// <summary>When to look again.</summary>
    public Tick NextWake
    {
        get
        {
            // Before the checkpoint is open there is nothing to send again: a time gone by would wake the loop for ever.
            Tick resend = opened ? lastSend + context.Options.SnapshotResendTicks : Tick.Never;
            Tick stall = lastProgress + context.Options.SnapshotStallTicks;
            return resend < stall ? resend : stall;
        }
    }

    /// <summary>The checkpoint is open.</summary>
    /// <returns>False when it is of no use.</returns>
    public bool Opened(SnapshotInfo info, long lengthBytes)
    {
        if (info.Index < request.AtLeast || info.Index == LogIndex.Zero)
            return false;
        begin = new SnapshotBegin(id, info, lengthBytes);
        opened = true;
        lastProgress = context.Now;
        Go();
        return true;
    }

    /// <summary>The next bytes were read; none at the end.</summary>
    public void Piece(byte[] bytes)
    {
        reading = false;
        if (bytes.Length > 0)
        {
            unacknowledged.Enqueue((read, Payload.Copy(context.Pool, bytes)));
            read += bytes.Length;
        }

        Invariant.Check(bytes.Length > 0 ? read <= begin.LengthBytes : read == begin.LengthBytes);
        Go();
    }

    /// <summary>The receiver has this much.</summary>
    public void Acknowledged(long bytes)
    {
        if (bytes > sent || bytes < acknowledged)
            return; // an old word, or nonsense
        if (bytes > acknowledged || ended)
            lastProgress = context.Now; // at the end it syncs and checks: it is alive
        acknowledged = bytes;
        while (unacknowledged.TryPeek(out (long Offset, Payload Bytes) first) && first.Offset + first.Bytes.Length <= bytes)
            unacknowledged.Dequeue().Bytes.Release();
        Go();
    }

    /// <summary>The stream has room again.</summary>
    public void Room()
    {
        hasRoom = true;
        Go();
    }

    /// <summary>The stream broke: nothing unacknowledged counts as sent.</summary>
    public void Broken()
    {
        hasRoom = false;
        SendAgain();
    }

    /// <summary>Looks at the time.</summary>
    /// <returns>False when the transfer does not move and is to be given up.</returns>
    public bool Look()
    {
        if (context.Now - lastProgress >= context.Options.SnapshotStallTicks)
            return false;
        if (opened && context.Now - lastSend >= context.Options.SnapshotResendTicks)
        {
            lastSend = context.Now;
            SendAgain();
            Go();
        }

        return true;
    }

    /// <summary>Gives its references back.</summary>
    public void Release()
    {
        while (unacknowledged.TryDequeue(out (long Offset, Payload Bytes) piece))
            piece.Bytes.Release();
    }

    private void SendAgain()
    {
        begun = acknowledged > 0;
        sent = acknowledged;
        ended = false;
    }

    /// <summary>Sends what may be sent, and reads on while little is unacknowledged.</summary>
    private void Go()
    {
        if (!opened)
            return;
        if (!begun && hasRoom)
        {
            begin.Write(outbox.Begin(FrameKind.SnapshotBegin));
            begun = Sent(outbox.SendSnapshot(To, default));
        }

        foreach ((long offset, Payload bytes) in unacknowledged)
        {
            if (!begun || !hasRoom)
                break;
            if (offset < sent)
                continue;
            outbox.Begin(FrameKind.SnapshotPiece).UInt64(id).UInt64((ulong)offset).UInt32(bytes.Checksum);
            one[0] = bytes;
            if (Sent(outbox.SendSnapshot(To, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(one))))
                sent = offset + bytes.Length;
        }

        if (begun && !ended && hasRoom && sent == begin.LengthBytes)
        {
            outbox.Begin(FrameKind.SnapshotEnd).UInt64(id);
            ended = Sent(outbox.SendSnapshot(To, default));
        }

        if (!reading && read < begin.LengthBytes && unacknowledged.Count < context.Options.SnapshotPiecesMax)
        {
            reading = true;
            context.Checkpoints.Read(context.Group, id, context.Options.SnapshotPieceBytes);
        }
    }

    private bool Sent(bool taken)
    {
        hasRoom = taken;
        if (taken)
            lastSend = context.Now;
        return taken;
    }
}
