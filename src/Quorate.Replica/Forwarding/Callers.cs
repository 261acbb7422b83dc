using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>Everything callers ask for, at their own member and at the leader. Owner: the loop.</summary>
internal sealed class Callers
{
    private readonly LocalChanges changes;
    private readonly LocalTransfers transfers;
    private readonly ForwardedProposals forwardedProposals;
    private readonly ForwardedReads forwardedReads;
    private readonly ForwardedChanges forwardedChanges;
    private readonly LoopContext context;

    public Callers(LoopContext context, Outbox outbox)
    {
        this.context = context;
        Ids = new RequestIds(context.Start.Instance, context.Start.StartCount);
        Proposals = new LocalProposals(context, outbox);
        Reads = new LocalReads(context, outbox, Ids);
        changes = new LocalChanges(context, outbox, Ids);
        transfers = new LocalTransfers(context, outbox);
        forwardedProposals = new ForwardedProposals(context, outbox);
        forwardedReads = new ForwardedReads(context, outbox, Ids);
        forwardedChanges = new ForwardedChanges(context, outbox, Ids);
    }

    /// <summary>Ids of what the core is asked.</summary>
    public RequestIds Ids { get; }

    /// <summary>Local proposals.</summary>
    public LocalProposals Proposals { get; }

    /// <summary>Local reads.</summary>
    public LocalReads Reads { get; }

    /// <summary>When a caller's time is over.</summary>
    public Tick NextWake
    {
        get
        {
            Tick wake = Tick.Min(Proposals.NextWake, Reads.NextWake);
            return Tick.Min(wake, Tick.Min(changes.NextWake, transfers.NextWake));
        }
    }

    /// <summary>A local caller wants something.</summary>
    public void Take(in ReplicaEvent request)
    {
        switch (request.Kind)
        {
            case ReplicaEventKind.Proposals:
                Proposals.Take((ProposalBatch)request.Subject!);
                break;
            case ReplicaEventKind.Read:
                Reads.Take(request.Number);
                break;
            case ReplicaEventKind.Change:
                changes.Take((ConfigurationChange)request.Subject!);
                break;
            case ReplicaEventKind.RejoinAsked:
                changes.TakeRejoin(new NodeId(request.Number), new InstanceId(request.Other));
                break;
            default:
                Invariant.Check(request.Kind == ReplicaEventKind.Transfer);
                transfers.Take(request.Number, new NodeId(request.Other));
                break;
        }
    }

    /// <summary>Passes on what waits.</summary>
    public void Flush()
    {
        Proposals.Flush();
        Reads.Flush();
        changes.Flush();
        forwardedChanges.Flush();
        transfers.Flush();
    }

    /// <summary>Ends what has waited too long.</summary>
    public void Expire()
    {
        Proposals.Expire();
        Reads.Expire();
        changes.Expire();
        transfers.Expire();
    }

    /// <summary>Another leader, or none, or a new epoch.</summary>
    public void LeaderChanged(Epoch epoch)
    {
        Reads.LeaderChanged();
        changes.LeaderChanged(epoch);
    }

    /// <summary>The core has ended a read.</summary>
    public void ReadEnded(in ReadOutcome outcome, LogIndex applied)
    {
        if (!Reads.Answered(outcome.RequestId, outcome.Index, outcome.Refusal, applied))
            forwardedReads.Answered(outcome);
    }

    /// <summary>The core has ended a change.</summary>
    public void ChangeEnded(in ChangeOutcome outcome)
    {
        if (!changes.Ended(outcome.RequestId, outcome.Refusal, begun: true))
            forwardedChanges.Ended(outcome);
    }

    /// <summary>A frame of another member that concerns callers.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="from">Whose.</param>
    /// <param name="instance">Which life of it.</param>
    /// <param name="body">What follows the envelope.</param>
    /// <param name="applied">The last entry applied here.</param>
    /// <returns>False when it makes no sense.</returns>
    public bool Receive(FrameKind kind, NodeId from, InstanceId instance, in Payload body, LogIndex applied)
    {
        switch (kind)
        {
            case FrameKind.Proposals:
                return forwardedProposals.Receive(from, instance, body);
            case FrameKind.Read:
                return forwardedReads.Receive(from, body.Span);
            case FrameKind.Change:
                return forwardedChanges.Receive(from, instance, body.Span);
            case FrameKind.Transfer:
                return forwardedChanges.ReceiveTransfer(from, body.Span);
            case FrameKind.ProposalsRefused:
                return ReceiveProposalsRefused(from, body.Span);
            case FrameKind.ReadAnswer:
                return ReceiveReadAnswer(body.Span, applied);
            case FrameKind.ChangeAnswer:
                return ReceiveChangeAnswer(body.Span);
            default:
                return kind == FrameKind.TransferRefused && ReceiveTransferRefused(body.Span);
        }
    }

    private bool ReceiveProposalsRefused(NodeId from, ReadOnlySpan<byte> body)
    {
        var reader = new WireReader(body);
        Epoch epoch = reader.Epoch();
        var origin = new InstanceId(reader.UInt64());
        uint startCount = reader.UInt32();
        ulong sequence = reader.UInt64();
        if (!ReadRefusal(ref reader, out Refusal refusal) || !reader.Complete)
            return false;
        if (origin == context.Start.Instance && startCount == context.Start.StartCount)
            Proposals.Refused(from, epoch, sequence, refusal);
        return true;
    }

    private bool ReceiveReadAnswer(ReadOnlySpan<byte> body, LogIndex applied)
    {
        var reader = new WireReader(body);
        ulong id = reader.UInt64();
        var index = new LogIndex(reader.UInt64());
        bool known = ReadRefusal(ref reader, out Refusal refusal);
        if (!known || !reader.Complete)
            return false;
        Reads.Answered(id, index, refusal, applied);
        return true;
    }

    private bool ReceiveChangeAnswer(ReadOnlySpan<byte> body)
    {
        var reader = new WireReader(body);
        ulong id = reader.UInt64();
        bool known = ReadRefusal(ref reader, out Refusal refusal);
        byte begun = reader.Byte();
        if (!known || !reader.Complete || begun > 1)
            return false;
        changes.Ended(id, refusal, begun != 0);
        return true;
    }

    private bool ReceiveTransferRefused(ReadOnlySpan<byte> body)
    {
        var reader = new WireReader(body);
        ulong number = reader.UInt64();
        bool known = ReadRefusal(ref reader, out Refusal refusal);
        if (!known || !reader.Complete)
            return false;
        transfers.Refused(number, refusal);
        return true;
    }

    private static bool ReadRefusal(ref WireReader reader, out Refusal refusal)
    {
        refusal = (Refusal)reader.Byte();
        return reader.Sound && refusal <= Refusal.QuorumNotHeard;
    }
}
