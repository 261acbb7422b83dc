using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>Leader side of forwarded membership changes and transfers. Owner: the loop.</summary>
internal sealed class ForwardedChanges(LoopContext context, Outbox outbox, RequestIds ids)
{
    private const int WaitingMax = 64;

    private readonly SequencesSeen seen = new();
    private readonly List<Asked> open = [];
    private readonly List<Waiting> waiting = [];

    /// <summary>A member forwards a change.</summary>
    /// <returns>False when the frame makes no sense.</returns>
    public bool Receive(NodeId from, InstanceId instance, ReadOnlySpan<byte> body)
    {
        var reader = new WireReader(body);
        Epoch epoch = reader.Epoch();
        uint startCount = reader.UInt32();
        ulong sequence = reader.UInt64();
        ulong theirs = reader.UInt64();
        List<MemberChange>? steps = ChangeCodec.Read(ref reader);
        if (steps is null || !reader.Complete)
            return false;

        CoreStatus status = context.Core.Status;
        if (status.Role != CoreRole.Leader || status.Epoch != epoch)
            return true;
        if (!seen.Use(from, instance, startCount, sequence))
            return true;
        var asked = new Waiting(from, theirs, steps, epoch, context.Now + context.Options.RequestTicks);
        if (TryBegin(asked, mayWait: waiting.Count < WaitingMax) != Begun.Answered)
            waiting.Add(asked);
        return true;
    }

    /// <summary>Begins what waits for another change to end, first come first served, and what waits for a learner that has caught up.</summary>
    public void Flush()
    {
        for (int i = 0; i < waiting.Count;)
        {
            Waiting change = waiting[i];
            if (change.LearnerAwaitedIn == context.Step)
            {
                i++; // how far its learner is the core has heard before: to ask again within the same step brings nothing
                continue;
            }

            // Past its time its origin has told the caller that nobody knows.
            Begun begun = change.Deadline > context.Now ? TryBegin(change, mayWait: true) : Begun.Answered;
            if (begun == Begun.HeldUp)
                return;
            if (begun != Begun.AwaitsLearner)
            {
                waiting.RemoveAt(i);
                continue;
            }

            change.LearnerAwaitedIn = context.Step;
            i++;
        }
    }

    /// <summary>A member asks to hand leadership over.</summary>
    /// <returns>False when the frame makes no sense.</returns>
    public bool ReceiveTransfer(NodeId from, ReadOnlySpan<byte> body)
    {
        var reader = new WireReader(body);
        Epoch epoch = reader.Epoch();
        ulong theirs = reader.UInt64();
        var target = new NodeId(reader.UInt64());
        if (!reader.Complete)
            return false;
        CoreStatus status = context.Core.Status;
        if (status.Role != CoreRole.Leader || status.Epoch != epoch)
            return true;
        Refusal refusal = context.Core.Transfer(target);
        if (refusal is not (Refusal.None or Refusal.TransferPending))
        {
            outbox.Begin(FrameKind.TransferRefused).UInt64(theirs).Byte((byte)refusal);
            outbox.Send(from);
        }

        return true;
    }

    /// <summary>How a change ended, by the core.</summary>
    public void Ended(in ChangeOutcome outcome)
    {
        for (int i = 0; i < open.Count; i++)
        {
            Asked asked = open[i];
            if (asked.Id != outcome.RequestId)
                continue;
            open.RemoveAt(i);
            Answer(asked.From, asked.Theirs, outcome.Refusal, begun: true);
            return;
        }
    }

    private Begun TryBegin(Waiting change, bool mayWait)
    {
        CoreStatus status = context.Core.Status;
        ulong id = ids.Next();
        Refusal refusal = status.Role == CoreRole.Leader && status.Epoch == change.Epoch
            ? context.Core.Change(new ConfigurationChange(id, change.Steps))
            : Refusal.NotLeader;
        if (refusal == Refusal.None)
            open.Add(new Asked(id, change.From, change.Theirs));
        else if (mayWait && refusal != Refusal.NotLeader && LocalChanges.MayBeTakenSoon(refusal))
            return Begun.HeldUp;
        else if (mayWait && LocalChanges.AwaitsLearner(change.Steps, refusal))
            return Begun.AwaitsLearner;
        else
            Answer(change.From, change.Theirs, refusal, begun: false);
        return Begun.Answered;
    }

    private void Answer(NodeId to, ulong theirs, Refusal refusal, bool begun)
    {
        outbox.Begin(FrameKind.ChangeAnswer).UInt64(theirs).Byte((byte)refusal).Byte(begun ? (byte)1 : (byte)0);
        outbox.Send(to);
    }

    private enum Begun : byte
    {
        /// <summary>It is under way, or was refused: it waits no longer.</summary>
        Answered,

        /// <summary>By what is under way, as any other change would be.</summary>
        HeldUp,

        /// <summary>By itself alone.</summary>
        AwaitsLearner,
    }

    /// <param name="From">Who forwarded it.</param>
    /// <param name="Theirs">What the answer will name.</param>
    /// <param name="Steps">What to do.</param>
    /// <param name="Epoch">In which it was asked: a later leader knows nothing of it.</param>
    /// <param name="Deadline">When nobody waits any more.</param>
    private sealed record Waiting(NodeId From, ulong Theirs, List<MemberChange> Steps, Epoch Epoch, Tick Deadline)
    {
        /// <summary>The last step in which its learner lagged; 0: none.</summary>
        public ulong LearnerAwaitedIn { get; set; }
    }

    private readonly record struct Asked(ulong Id, NodeId From, ulong Theirs);
}
