using Quorate.Checkers;
using Quorate.Consensus;
using Quorate.KeyValue;
using Quorate.Replica;

namespace Quorate.Simulation;

/// <summary>
/// A client: asks one thing at a time at random times, mostly of the same member; goes to another when it is refused or waits too long, and
/// then asks the same again or something else. What it gave up may still take effect, and is still watched. Owner: its world.
/// </summary>
internal sealed class Client : IScheduled, ICallerOf
{
    /// <summary>The number of the one that asks for much at once; those of a run's own clients are lower.</summary>
    public const int BurstNumber = 1000;

    /// <summary>A member's id is added: the number of the one that sees whether it serves.</summary>
    public const int ServedNumberBase = 2000;

    /// <summary>A member's id is added: the number of the one that awaits a first write of it.</summary>
    public const int AwaitingNumberBase = 3000;

    private readonly World world;
    private readonly Prng chance;
    private readonly long intervalNanoseconds;
    private readonly long[] knownRevisions;
    private WatchedOperation? open;
    private StoreRequest? again;
    private long openSince;
    private int home;

    public Client(World world, int number, bool asks = true)
    {
        this.world = world;
        chance = world.Streams.Of(StreamKind.Client, number);
        intervalNanoseconds = Span.Second * world.Options.Clients / world.Options.OperationsPerSecond;
        knownRevisions = new long[world.Options.Keys];
        home = (int)chance.Below(64);
        if (asks)
            Next();
    }

    /// <summary>How many of its requests were answered.</summary>
    public int Answered { get; private set; }

    /// <summary>Whether it waits for nothing.</summary>
    public bool IsIdle => open is null;

    public void Fire(long argument)
    {
        Next();
        if (world.ClientsStopped)
            return;
        if (open is not null && world.Time.NowNanoseconds - openSince < world.Options.ClientTimeoutNanoseconds)
            return;
        if (open is not null)
        {
            home++; // it waited long enough
            GiveUp(open);
        }

        open = null;
        if (world.MemberAt(home) is not { Process: { Callers: { } callers, Running: true } })
        {
            home++; // the connection is refused
            return;
        }

        StoreRequest next = again ?? Draw();
        again = null;
        Ask(next, callers);
    }

    /// <summary>Asks something out of turn.</summary>
    public void Ask(in StoreRequest request, ProcessCallers callers)
    {
        WatchedOperation operation = world.Watch.Order.Asked(request);
        open = operation;
        openSince = world.Time.NowNanoseconds;
        if (request.IsWrite)
            callers.Propose(operation, world.Codec.Command(request), this);
        else if (request.Serializable)
            callers.ReadHere(operation, this);
        else
            callers.Read(operation, this);
    }

    public void WriteAnswered(WatchedOperation operation, ReadOnlySpan<byte> answer)
    {
        StoreAnswer expected = world.Watch.Order.WriteAnswered(operation);
        world.Codec.Compare(operation, expected, answer);
        if (operation.Request.Kind is StoreRequestKind.Put || (operation.Request.Kind is StoreRequestKind.CompareAndSet && expected.Changed))
            knownRevisions[operation.Request.Key] = expected.Revision;
        Answered++;
        world.WriteAnswered(operation);
        Ended(operation);
    }

    public void ReadReady(WatchedOperation operation, MemberProcess process)
    {
        CheckedStateMachine machine = process.Machine;
        KeyValueError error = world.Codec.Read(machine.Store, operation.Request, out ReadOnlySpan<byte> body, out long revision);
        StoreAnswer expected = world.Watch.Order.ReadAnswered(operation, machine.Applied, revision, machine.Shown);
        world.Codec.CompareRead(operation, expected, error, body);
        foreach (StorePair pair in expected.Pairs)
            knownRevisions[pair.Key] = pair.Mod;
        Answered++;
        world.Watch.Trace.Add((ulong)operation.Id, (ulong)revision);
        Ended(operation);
    }

    public void Failed(WatchedOperation operation, Failure failure)
    {
        bool final = failure.Reason is FailureReason.Refused or FailureReason.TimedOut;
        CheckFailedException.Unless(
            !final || operation.DecidedIndex == 0,
            Promise.Linearizability,
            $"operation {operation.Id} ({operation.Request}) is refused ({failure}), but was decided at {operation.DecidedIndex}");
        operation.State = final ? OperationState.Refused : OperationState.Unknown;
        world.Watch.Trace.Add((ulong)operation.Id, (ulong)failure.Reason);
        world.Refusals.Count(failure);
        if (open == operation)
        {
            if (chance.Chance(1, 2))
                home++;
            GiveUp(operation);
        }

        Ended(operation);
    }

    /// <summary>Every other time the same is asked again, whether or not it took effect: to the store that is one more request.</summary>
    private void GiveUp(WatchedOperation operation)
    {
        if (chance.Chance(1, 2))
            again = operation.Request;
    }

    private void Ended(WatchedOperation operation)
    {
        if (open == operation)
            open = null;
    }

    private void Next()
    {
        long interval = intervalNanoseconds / world.Options.HasteAt(world.Time.NowNanoseconds);
        world.Time.After(chance.Between(interval / 4, interval * 7 / 4), this);
    }

    private StoreRequest Draw()
    {
        int key = (int)chance.Below((ulong)world.Options.Keys);
        int dice = (int)chance.Below(200);
        return dice switch
        {
            < 75 => new StoreRequest(StoreRequestKind.Put, key, Value: world.NextValue()),
            < 110 => new StoreRequest(StoreRequestKind.Get, key),
            < 125 => new StoreRequest(StoreRequestKind.Get, key, Serializable: true),
            < 137 => new StoreRequest(StoreRequestKind.Get, key, Revision: SomeRevision(200), Serializable: dice % 3 == 0),
            < 162 => new StoreRequest(StoreRequestKind.CompareAndSet, key, Value: world.NextValue(), Revision: knownRevisions[key]),
            < 177 => new StoreRequest(StoreRequestKind.Delete, key),
            < 183 => new StoreRequest(StoreRequestKind.List),
            < 185 => new StoreRequest(StoreRequestKind.List, Serializable: true),
            < 188 => new StoreRequest(StoreRequestKind.List, Revision: SomeRevision(400), Serializable: dice % 3 == 0),
            < 198 => new StoreRequest(StoreRequestKind.PutTwo, key, (key + 1) % world.Options.Keys, world.NextValue()),
            _ => new StoreRequest(StoreRequestKind.Compact, Revision: SomeRevision(200)),
        };
    }

    /// <summary>One of the last so many revisions, compacted or not; seldom one that is still to come.</summary>
    private long SomeRevision(int back)
    {
        long now = world.Watch.Order.AnsweredRevision;
        return chance.Chance(1, 20) ? now + (long)chance.Below(30) : Math.Max(1, now - (long)chance.Below((ulong)back));
    }
}

/// <summary>How often requests failed, by reason. For the report.</summary>
public sealed class Refusals
{
    private readonly SortedDictionary<Failure, long> counts = new(Comparer<Failure>.Create(
        static (a, b) => (a.Reason, a.Refusal).CompareTo((b.Reason, b.Refusal))));

    /// <summary>By reason, in the order of their names.</summary>
    public IReadOnlyDictionary<string, long> Counts
    {
        get
        {
            var named = new SortedDictionary<string, long>(StringComparer.Ordinal);
            foreach ((Failure failure, long count) in counts)
                named.Add($"{failure}", count);
            return named;
        }
    }

    internal void Count(Failure failure) => counts[failure] = counts.GetValueOrDefault(failure) + 1;
}
