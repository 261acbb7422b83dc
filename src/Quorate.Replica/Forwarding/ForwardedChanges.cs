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
        if (steps is null || !reader.Ended)
            return false;

        CoreStatus status = context.Core.Status;
        if (status.Role != CoreRole.Leader || status.Epoch != epoch)
            return true;
        if (!seen.Use(from, instance, startCount, sequence))
            return true;
        var asked = new Waiting(from, theirs, steps, epoch, context.Now + context.Options.RequestTicks);
        if (!TryBegin(asked, mayWait: waiting.Count < WaitingMax))
            waiting.Add(asked);
        return true;
    }

    /// <summary>Begins what waits for another change to end, first come first served.</summary>
    public void Flush()
    {
        while (waiting.Count > 0)
        {
            // Past its time its origin has told the caller that nobody knows.
            if (waiting[0].Deadline > context.Now && !TryBegin(waiting[0], mayWait: true))
                return;
            waiting.RemoveAt(0);
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
        if (!reader.Ended)
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

    /// <returns>False when it has to wait.</returns>
    private bool TryBegin(Waiting change, bool mayWait)
    {
        CoreStatus status = context.Core.Status;
        ulong id = ids.Next();
        Refusal refusal = status.Role == CoreRole.Leader && status.Epoch == change.Epoch
            ? context.Core.Change(new ConfigurationChange(id, change.Steps))
            : Refusal.NotLeader;
        if (refusal == Refusal.None)
            open.Add(new Asked(id, change.From, change.Theirs));
        else if (mayWait && refusal != Refusal.NotLeader && LocalChanges.MayBeTakenSoon(refusal))
            return false;
        else
            Answer(change.From, change.Theirs, refusal, begun: false);
        return true;
    }

    private void Answer(NodeId to, ulong theirs, Refusal refusal, bool begun)
    {
        outbox.Begin(FrameKind.ChangeAnswer).UInt64(theirs).Byte((byte)refusal).Byte(begun ? (byte)1 : (byte)0);
        outbox.Send(to);
    }

    /// <param name="From">Who forwarded it.</param>
    /// <param name="Theirs">What the answer will name.</param>
    /// <param name="Steps">What to do.</param>
    /// <param name="Epoch">In which it was asked: a later leader knows nothing of it.</param>
    /// <param name="Deadline">When nobody waits any more.</param>
    private sealed record Waiting(NodeId From, ulong Theirs, List<MemberChange> Steps, Epoch Epoch, Tick Deadline);

    private readonly record struct Asked(ulong Id, NodeId From, ulong Theirs);
}
