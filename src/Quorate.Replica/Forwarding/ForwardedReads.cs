using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>Leader side of forwarded reads: one question to the core for each, one answer back. Owner: the loop.</summary>
internal sealed class ForwardedReads(LoopContext context, Outbox outbox, RequestIds ids)
{
    private const int OpenMax = 1024; // some rounds for each member; the oldest gives way, its member asks again

    private readonly List<Asked> open = [];

    /// <summary>A member asks for a read index.</summary>
    /// <returns>False when the frame makes no sense.</returns>
    public bool Receive(NodeId from, ReadOnlySpan<byte> body)
    {
        var reader = new WireReader(body);
        Epoch epoch = reader.Epoch();
        ulong theirs = reader.UInt64();
        if (!reader.Complete)
            return false;
        CoreStatus status = context.Core.Status;
        if (status.Role != CoreRole.Leader || status.Epoch != epoch)
        {
            Answer(from, theirs, default, Refusal.NotLeader);
            return true;
        }

        ulong id = ids.Next();
        Refusal refusal = context.Core.Read(id);
        if (refusal != Refusal.None)
        {
            Answer(from, theirs, default, refusal);
            return true;
        }

        if (open.Count == OpenMax)
            open.RemoveAt(0);
        open.Add(new Asked(id, from, theirs));
        return true;
    }

    /// <summary>The core's answer.</summary>
    public void Answered(in ReadOutcome outcome)
    {
        for (int i = 0; i < open.Count; i++)
        {
            Asked asked = open[i];
            if (asked.Id != outcome.RequestId)
                continue;
            open.RemoveAt(i);
            Answer(asked.From, asked.Theirs, outcome.Index, outcome.Refusal);
            return;
        }
    }

    private void Answer(NodeId to, ulong theirs, LogIndex index, Refusal refusal)
    {
        outbox.Begin(FrameKind.ReadAnswer).UInt64(theirs).UInt64(index.Value).Byte((byte)refusal);
        outbox.Send(to);
    }

    private readonly record struct Asked(ulong Id, NodeId From, ulong Theirs);
}
