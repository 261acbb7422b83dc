using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>Leader side of forwarded membership changes and transfers. Owner: the loop.</summary>
internal sealed class ForwardedChanges(LoopContext context, Outbox outbox, RequestIds ids)
{
    private readonly SequencesSeen seen = new();
    private readonly List<Asked> open = [];

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
        ulong id = ids.Next();
        Refusal refusal = context.Core.Change(new ConfigurationChange(id, steps));
        if (refusal == Refusal.None)
            open.Add(new Asked(id, from, theirs));
        else
            Answer(from, theirs, refusal, begun: false);
        return true;
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

    private void Answer(NodeId to, ulong theirs, Refusal refusal, bool begun)
    {
        outbox.Begin(FrameKind.ChangeAnswer).UInt64(theirs).Byte((byte)refusal).Byte(begun ? (byte)1 : (byte)0);
        outbox.Send(to);
    }

    private readonly record struct Asked(ulong Id, NodeId From, ulong Theirs);
}
