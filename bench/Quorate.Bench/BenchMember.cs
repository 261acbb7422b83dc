using Quorate.Consensus;
using Quorate.Raft;

namespace Quorate.Bench;

/// <summary>A core, its pool, and the frames on their way to it.</summary>
internal sealed class BenchMember
{
    private readonly BenchMember[] all;
    private readonly NodeId id;
    private readonly Queue<(NodeId From, Block Block, int Length)> inbox = new(1024);
    private WriteNumber durable;

    public BenchMember(NodeId id, Configuration first, BenchMember[] all)
    {
        (this.id, this.all) = (id, all);
        Core.Begin(new CoreStart(new Tick(0), id, new InstanceId(id.Value), default, SnapshotInfo.Initial(first), id.Value));
        Core.Ready();
        Core.Output.Clear();
    }

    public IConsensusCore Core { get; } = new RaftEngine().Create(new CoreOptions { MessageEntriesMax = 64 });

    public BlockPool Pool { get; } = new();

    /// <summary>Entries handed out.</summary>
    public long Decided { get; private set; }

    /// <summary>Takes one frame, or carries out what is wanted.</summary>
    public bool Work()
    {
        if (!Core.Output.IsEmpty)
        {
            CarryOut();
            return true;
        }

        if (!inbox.TryDequeue(out (NodeId From, Block Block, int Length) frame))
            return false;
        bool taken = Core.Receive(frame.From, new InstanceId(frame.From.Value), new Payload(frame.Block, 0, frame.Length, 0));
        Invariant.Check(taken);
        CarryOut();
        frame.Block.Release();
        return true;
    }

    /// <summary>Carries out what is wanted; every write is durable at once.</summary>
    public void CarryOut()
    {
        CoreOutput output = Core.Output;
        while (!output.IsEmpty)
        {
            WriteNumber written = output.Writes.Count == 0 ? durable : output.Writes[^1].Number;
            foreach (OutboundMessage message in output.Messages)
                Send(output, message);
            Decided += output.Decided.Count;
            LogIndex applied = output.Decided.Count == 0 ? LogIndex.Zero : output.Decided[^1].Index;
            output.Clear();
            if (applied > LogIndex.Zero)
                Core.Applied(applied);
            if (written == durable)
                continue;
            durable = written;
            Core.WritesDurable(written);
        }
    }

    private void Send(CoreOutput output, in OutboundMessage message)
    {
        BenchMember to = all[message.To.Value - 1];
        int length = message.HeaderLength;
        foreach (ref readonly Payload payload in output.PayloadsOf(message))
            length += payload.Length;
        Block block = to.Pool.Rent(length);
        Span<byte> rest = block.Bytes;
        output.HeaderOf(message).CopyTo(rest);
        rest = rest[message.HeaderLength..];
        foreach (ref readonly Payload payload in output.PayloadsOf(message))
        {
            payload.Span.CopyTo(rest);
            rest = rest[payload.Length..];
        }

        to.inbox.Enqueue((id, block, length));
    }
}
