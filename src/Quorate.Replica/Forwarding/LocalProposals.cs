using System.Runtime.InteropServices;
using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>
/// Origin side of proposals: takes them from local callers, gives them to the core where it leads and forwards them where another does, and
/// knows for each caller how it ends. A proposal is sent once: again only after the leader refused it for good. Owner: the loop.
/// </summary>
internal sealed class LocalProposals(LoopContext context, Outbox outbox)
{
    private readonly OpenProposals open = new(context.Options.OpenProposalsMax);
    private readonly SentBatches sent = new();
    private readonly List<Payload> sending = [];
    private Epoch? refusedIn; // the leader of this epoch does not take proposals for the moment
    private ulong refusedUpTo; // the last batch that it refused so
    private Tick lastMoved; // when a batch left for a leader, was refused so, or was decided

    /// <summary>Proposals that have not ended.</summary>
    public int Count => open.Count;

    /// <summary>When a caller's time is over, or the next batch may be sent.</summary>
    public Tick NextWake
    {
        get
        {
            Tick next = open.WaitingCount == 0 ? Tick.Never : lastMoved + PauseTicks(context.Core.Status);
            return next > context.Now ? Tick.Min(next, open.NextDeadline) : open.NextDeadline;
        }
    }

    /// <summary>Takes what local callers propose.</summary>
    public void Take(ProposalBatch batch)
    {
        Tick deadline = context.Now + context.Options.RequestTicks;
        foreach (ref readonly Proposal proposal in batch.Proposals)
        {
            if (open.IsFull || open.WaitingBytes + proposal.Payload.Length > context.Options.WaitingBytesMax)
            {
                open.Skip(proposal.Number);
                context.Callers.Failed(proposal.Number, Failure.Refused(Refusal.TooManyRequests));
            }
            else
            {
                open.Add(proposal, deadline);
            }
        }

        // The batch's own reference kept the block alive until each proposal had one.
        foreach (Block block in batch.FullBlocks)
            block.Release();
    }

    /// <summary>Sends what waits to whoever leads; without a leader it goes on waiting.</summary>
    public void Flush()
    {
        // It takes no entries, so it would never learn how what it forwards has ended.
        if (!context.DiskHasRoom)
            RefuseWaiting(Refusal.DiskFull);

        while (open.WaitingCount > 0)
        {
            CoreStatus status = context.Core.Status;
            if (context.Now < lastMoved + PauseTicks(status))
                return;
            bool went = status.Role == CoreRole.Leader ? Propose(status)
                : !status.Leader.IsNone && status.Leader != context.Self && Forward(status);
            if (!went)
                return;
        }
    }

    /// <summary>A command of this member is decided. The state machine answers its caller, unless that no longer waits.</summary>
    /// <returns>The caller; 0 when nobody waits.</returns>
    public ulong Decided(ulong number)
    {
        ulong sequence = open.Decided(number);
        if (sequence == 0)
            return 0;
        if (sequence > refusedUpTo)
            refusedIn = null; // it takes proposals again
        if (refusedIn is null)
            lastMoved = context.Now;

        // A leader takes sequences only upwards, so what was sent before this one and is not decided by now never was taken, or is lost.
        FailSentBefore(sequence);
        return number;
    }

    /// <summary>
    /// The no-op with which a leader begins is decided. What was sent in earlier epochs and is not decided by now is lost, or comes so late that its
    /// callers are better told that nobody knows.
    /// </summary>
    public void LeaderBegan(Epoch epoch)
    {
        ReadOnlySpan<SentBatch> batches = sent.All;
        int lost = 0;
        while (lost < batches.Length && batches[lost].Epoch < epoch)
            Fail(batches[lost++], new Failure(FailureReason.OutcomeUnknown));
        if (lost > 0)
            sent.RemoveFirst(lost);
    }

    /// <summary>A snapshot takes the log's place: it may hold the effect of anything sent.</summary>
    public void SnapshotInstalled() => FailSentBefore(sent.LastSequence + 1);

    /// <summary>The leader refused a forwarded batch for good: its sequence is used up.</summary>
    public void Refused(NodeId from, Epoch epoch, ulong sequence, Refusal refusal)
    {
        if (!sent.TryRemove(sequence, out SentBatch batch))
            return; // told already, by a repeated frame or because its fate was unknown

        // A sequence is used once in a start, so only the leader it was sent to can have seen it.
        Invariant.Check(batch.Leader == from && batch.Epoch == epoch);
        if (refusal is Refusal.TooManyRequests or Refusal.DiskFull)
            Fail(batch, Failure.Refused(refusal));
        else
            WaitAgain(batch);
    }

    /// <summary>Ends what has waited too long.</summary>
    public void Expire()
    {
        bool any = false;
        while (open.Expired(context.Now, out ulong number, out bool wasSent))
        {
            any = true;
            open.End(number);
            context.Callers.Failed(number, new Failure(wasSent ? FailureReason.OutcomeUnknown : FailureReason.TimedOut));
        }

        if (!any)
            return;
        ReadOnlySpan<SentBatch> batches = sent.All;
        int over = 0;
        while (over < batches.Length && !AnyOpen(batches[over]))
            over++;
        if (over > 0)
            sent.RemoveFirst(over);
    }

    private bool Propose(in CoreStatus status)
    {
        SentBatch batch = Gather(status.Epoch, context.Self);
        Refusal refusal = context.Core.Propose(CollectionsMarshal.AsSpan(sending));
        sending.Clear();
        switch (refusal)
        {
            case Refusal.None:
                sent.Add(batch);
                refusedIn = null;
                return true;
            case Refusal.TooManyRequests or Refusal.DiskFull:
                Fail(batch, Failure.Refused(refusal));
                return refusal == Refusal.DiskFull; // what else waits fares the same, now and not when the next event comes
            default:
                WaitAgain(batch);
                return false;
        }
    }

    private void RefuseWaiting(Refusal refusal)
    {
        while (open.WaitingCount > 0)
            Fail(Gather(context.Core.Status.Epoch, NodeId.None), Failure.Refused(refusal));
        sending.Clear();
    }

    private bool Forward(in CoreStatus status)
    {
        SentBatch batch = Gather(status.Epoch, status.Leader);
        FrameWriter frame = outbox.Begin(FrameKind.Proposals)
            .Epoch(batch.Epoch).UInt32(context.Start.StartCount).UInt64(batch.Sequence).UInt32((uint)sending.Count);
        foreach (Payload payload in sending)
            frame.UInt32((uint)payload.Length).UInt32(payload.Checksum);
        outbox.Send(status.Leader, CollectionsMarshal.AsSpan(sending));
        sending.Clear();
        sent.Add(batch);
        lastMoved = context.Now;
        return true;
    }

    private SentBatch Gather(Epoch epoch, NodeId leader)
    {
        sending.Clear();
        ulong sequence = sent.NextSequence();
        (ulong first, ulong last) = open.Send(
            sequence, context.Options.ForwardCommandsMax, context.Options.ForwardBytesMax, sending);
        return new SentBatch(sequence, leader, epoch, first, last);
    }

    private void FailSentBefore(ulong sequence)
    {
        ReadOnlySpan<SentBatch> batches = sent.All;
        int lost = 0;
        while (lost < batches.Length && batches[lost].Sequence < sequence)
            Fail(batches[lost++], new Failure(FailureReason.OutcomeUnknown));
        if (lost > 0)
            sent.RemoveFirst(lost);
    }

    private void Fail(in SentBatch batch, Failure failure)
    {
        for (ulong number = batch.First; number <= batch.Last; number++)
        {
            if (!open.IsSent(number, batch.Sequence))
                continue;
            open.End(number);
            context.Callers.Failed(number, failure);
        }
    }

    private void WaitAgain(in SentBatch batch)
    {
        for (ulong number = batch.First; number <= batch.Last; number++)
        {
            if (open.IsSent(number, batch.Sequence))
                open.WaitAgain(number);
        }

        (refusedIn, refusedUpTo, lastMoved) = (batch.Epoch, Math.Max(refusedUpTo, batch.Sequence), context.Now);
    }

    /// <summary>
    /// How long to wait from one batch to the next. While a leader hands over one batch a heartbeat asks it for all that wait: as a rule another epoch
    /// begins before. The own core is asked each tick. Where the window is full and nothing comes back what filled it may be lost: the next batch, once it
    /// is decided, tells.
    /// </summary>
    private int PauseTicks(in CoreStatus status)
    {
        bool leads = status.Role == CoreRole.Leader;
        if (!leads && open.SentBytes >= context.Options.ForwardWindowBytes)
            return context.Options.Core.ElectionTicks;
        if (refusedIn != status.Epoch)
            return 0;
        return leads ? 1 : context.Options.Core.HeartbeatTicks;
    }

    private bool AnyOpen(in SentBatch batch)
    {
        for (ulong number = batch.First; number <= batch.Last; number++)
        {
            if (open.IsSent(number, batch.Sequence))
                return true;
        }

        return false;
    }
}
