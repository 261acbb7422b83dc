using Quorate.Checkers;
using Quorate.Consensus;
using Quorate.Replica;

namespace Quorate.Simulation;

/// <summary>Is told how a request of a client, or of the operator, ended.</summary>
internal interface ICallerOf
{
    /// <summary>A write was answered.</summary>
    void WriteAnswered(WatchedOperation operation, ReadOnlySpan<byte> answer);

    /// <summary>A read may be made now, on this member's store.</summary>
    void ReadReady(WatchedOperation operation, MemberProcess process);

    /// <summary>A request failed.</summary>
    void Failed(WatchedOperation operation, Failure failure);
}

/// <summary>Who waits at a process: clients and the operator. Owner: its world.</summary>
internal sealed class ProcessCallers : ICallers
{
    private readonly MemberProcess process;
    private readonly Machine member;
    private readonly InstanceId instance;
    private readonly uint startCount;
    private readonly ProposalBatch gathering;
    private readonly ProposalBatch given;
    private readonly SortedDictionary<ulong, (WatchedOperation Operation, ICallerOf Caller, Tick Asked)> proposals = [];
    private readonly SortedDictionary<ulong, (WatchedOperation Operation, ICallerOf Caller, Tick Asked)> reads = [];
    private readonly SortedDictionary<ulong, (Action<Failure?> Ended, Tick Asked)> errands = [];
    private ulong lastNumber;
    private ulong lastOther;

    public ProcessCallers(MemberProcess process, Machine member, InstanceId instance, uint startCount)
    {
        this.process = process;
        this.member = member;
        this.instance = instance;
        this.startCount = startCount;
        gathering = new ProposalBatch(process.Driver.Pool, instance, startCount);
        given = new ProposalBatch(process.Driver.Pool, instance, startCount);
    }

    /// <summary>A client proposes a write.</summary>
    public void Propose(WatchedOperation operation, ReadOnlySpan<byte> command, ICallerOf caller)
    {
        ulong number = ++lastNumber;
        member.World.Watch.Proposed(new Origin(instance, startCount, number), operation);
        proposals.Add(number, (operation, caller, member.TickNow));
        gathering.Add(number, command);
        process.Driver.ScheduleTurn();
    }

    /// <summary>A client wants a linearizable read.</summary>
    public void Read(WatchedOperation operation, ICallerOf caller)
    {
        ulong number = ++lastOther;
        reads.Add(number, (operation, caller, member.TickNow));
        process.Driver.Post(ReplicaEvent.Read(number));
    }

    /// <summary>A client wants to know what the member itself knows.</summary>
    public void ReadHere(WatchedOperation operation, ICallerOf caller) => caller.ReadReady(operation, process);

    /// <summary>The operator wants a membership change.</summary>
    public void Change(IReadOnlyList<MemberChange> steps, Action<Failure?> ended)
    {
        ulong number = ++lastOther;
        errands.Add(number, (ended, member.TickNow));
        process.Driver.Post(ReplicaEvent.Change(new ConfigurationChange(number, steps)));
    }

    /// <summary>The operator wants leadership handed over.</summary>
    public void Transfer(NodeId target, Action<Failure?> ended)
    {
        ulong number = ++lastOther;
        errands.Add(number, (ended, member.TickNow));
        process.Driver.Post(ReplicaEvent.Transfer(number, target));
    }

    /// <summary>Each request ends once: how many have not.</summary>
    public int Open => proposals.Count + reads.Count + errands.Count;

    /// <summary>Those of the operator.</summary>
    public int OpenErrands => errands.Count;

    /// <summary>By the member's clock, when the oldest open request was made; <see cref="Tick.Never"/> when none is open.</summary>
    public Tick OldestAsked
    {
        get
        {
            Tick oldest = Tick.Never;
            foreach ((_, (_, _, Tick asked)) in proposals.Take(1))
                oldest = Tick.Min(oldest, asked);
            foreach ((_, (_, _, Tick asked)) in reads.Take(1))
                oldest = Tick.Min(oldest, asked);
            foreach ((_, (_, Tick asked)) in errands.Take(1))
                oldest = Tick.Min(oldest, asked);
            return oldest;
        }
    }

    /// <summary>A turn begins: what was gathered goes into it.</summary>
    public void AddTo(List<ReplicaEvent> events)
    {
        if (gathering.Count == 0)
            return;
        gathering.MoveTo(given);
        events.Add(ReplicaEvent.Proposals(given));
    }

    /// <summary>The turn is over.</summary>
    public void Taken() => given.Clear();

    /// <summary>The process is gone: whoever waits knows nothing.</summary>
    public void Ended()
    {
        foreach ((WatchedOperation operation, ICallerOf caller, _) in proposals.Values)
            caller.Failed(operation, new Failure(FailureReason.OutcomeUnknown));
        foreach ((WatchedOperation operation, ICallerOf caller, _) in reads.Values)
            caller.Failed(operation, new Failure(FailureReason.OutcomeUnknown));
        foreach ((Action<Failure?> ended, _) in errands.Values)
            ended(new Failure(FailureReason.OutcomeUnknown));
        proposals.Clear();
        reads.Clear();
        errands.Clear();
    }

    void ICallers.Answered(ulong proposal, ReadOnlySpan<byte> answer)
    {
        (WatchedOperation operation, ICallerOf caller, _) = Take(proposals, proposal);
        caller.WriteAnswered(operation, answer);
    }

    void ICallers.Failed(ulong proposal, Failure failure)
    {
        (WatchedOperation operation, ICallerOf caller, _) = Take(proposals, proposal);
        caller.Failed(operation, failure);
    }

    void ICallers.ReadReady(ulong read)
    {
        (WatchedOperation operation, ICallerOf caller, _) = Take(reads, read);
        caller.ReadReady(operation, process);
    }

    void ICallers.ReadFailed(ulong read, Failure failure)
    {
        (WatchedOperation operation, ICallerOf caller, _) = Take(reads, read);
        caller.Failed(operation, failure);
    }

    void ICallers.ChangeEnded(ulong change, Failure? failure) => Take(errands, change).Ended(failure);

    void ICallers.TransferEnded(ulong transfer, Failure? failure) => Take(errands, transfer).Ended(failure);

    private T Take<T>(SortedDictionary<ulong, T> from, ulong number)
    {
        CheckFailedException.Unless(
            from.Remove(number, out T? waiting), Promise.Validity, $"member {member.Id} ends request {number}, which is not open");
        return waiting!;
    }
}
