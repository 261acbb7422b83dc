namespace Quorate.Checkers;

/// <summary>How far a client's operation has come.</summary>
public enum OperationState : byte
{
    /// <summary>Asked.</summary>
    Open,

    /// <summary>Answered.</summary>
    Answered,

    /// <summary>Its client was told that it had no effect and never will.</summary>
    Refused,

    /// <summary>Its client knows nothing.</summary>
    Unknown,
}

/// <summary>One operation of a client, while it is watched.</summary>
/// <param name="id">Unlike any other.</param>
/// <param name="request">What it asks.</param>
/// <param name="floorRevision">The highest revision that any client had been answered with when this was asked.</param>
public sealed class WatchedOperation(long id, StoreRequest request, long floorRevision)
{
    /// <summary>Unlike any other.</summary>
    public long Id { get; } = id;

    /// <summary>What it asks.</summary>
    public StoreRequest Request { get; } = request;

    /// <summary>An older state must not show in its answer.</summary>
    public long FloorRevision { get; } = floorRevision;

    /// <summary>How far it has come.</summary>
    public OperationState State { get; set; }

    /// <summary>Where it stands in the log; 0 while it is not decided.</summary>
    public ulong DecidedIndex { get; set; }

    /// <summary>What its answer must say; null while it is not decided.</summary>
    public StoreAnswer? Expected { get; set; }
}

/// <summary>How far a process has let its state be seen.</summary>
public sealed class ShownState
{
    /// <summary>The last entry in a state that was read.</summary>
    public ulong Index { get; internal set; }
}

/// <summary>
/// Linearizability against log order, in time linear in the history: the log is the one order, so each write has its place in it, each read
/// shows one revision, and it only remains to see that answers follow from that order and that it respects real time.
/// </summary>
public sealed class LogOrderChecker(int keys)
{
    private readonly ReferenceStore store = new(keys);
    private long nextId;

    /// <summary>The store as the log makes it.</summary>
    public ReferenceStore Store => store;

    /// <summary>The highest revision that a client was answered with.</summary>
    public long AnsweredRevision { get; private set; }

    /// <summary>The operation asked last.</summary>
    public long LastId => nextId;

    /// <summary>Operations answered.</summary>
    public long Answered { get; private set; }

    /// <summary>A client asks.</summary>
    public WatchedOperation Asked(in StoreRequest request) => new(++nextId, request, AnsweredRevision);

    /// <summary>A write stands in the log, at the next place after those seen so far.</summary>
    public void Decided(WatchedOperation operation, ulong index)
    {
        CheckFailedException.Unless(
            operation.DecidedIndex == 0,
            Promise.Validity,
            $"operation {operation.Id} ({operation.Request}) is decided at {operation.DecidedIndex} and again at {index}");
        CheckFailedException.Unless(
            operation.State != OperationState.Refused,
            Promise.Linearizability,
            $"operation {operation.Id} ({operation.Request}) is decided at {index}, but its client was told that it never would be");
        long before = store.Revision;
        operation.DecidedIndex = index;
        operation.Expected = store.Apply(operation.Request, index);

        // It was asked after an answer at the floor, so it must come after that state.
        CheckFailedException.Unless(
            before >= operation.FloorRevision, Promise.Linearizability, $"operation {operation.Id} is decided before what was answered before it");
    }

    /// <summary>A write is answered.</summary>
    public StoreAnswer WriteAnswered(WatchedOperation operation)
    {
        CheckFailedException.Unless(
            operation.Expected is not null,
            Promise.Linearizability,
            $"operation {operation.Id} ({operation.Request}) is answered, but was never decided");
        End(operation, operation.Expected!.Revision);
        return operation.Expected;
    }

    /// <summary>A read is answered by a store that shows <paramref name="revision"/> and has applied the log up to <paramref name="index"/>.</summary>
    /// <param name="operation">The read.</param>
    /// <param name="index">The last entry applied there.</param>
    /// <param name="revision">The revision in the answer's header.</param>
    /// <param name="place">How far that store's process has shown its state.</param>
    public StoreAnswer ReadAnswered(WatchedOperation operation, ulong index, long revision, ShownState place)
    {
        StoreState state = store.StateAt(index);
        CheckFailedException.Unless(
            revision == state.Revision,
            Promise.Linearizability,
            $"read {operation.Id} shows revision {revision}, but the log up to {index} leads to {state.Revision}");
        // A serializable read may be old, but neither it nor any other at the same process shows less than one before it.
        CheckFailedException.Unless(
            index >= place.Index, Promise.Linearizability, $"read {operation.Id} shows entry {index} at a process that had shown {place.Index}");
        place.Index = index;
        CheckFailedException.Unless(
            operation.Request.Serializable || revision >= operation.FloorRevision,
            Promise.Linearizability,
            $"read {operation.Id} shows revision {revision}, older than {operation.FloorRevision}, answered before it was asked");
        End(operation, revision);
        return store.Read(operation.Request, state);
    }

    private void End(WatchedOperation operation, long revision)
    {
        operation.State = OperationState.Answered;
        AnsweredRevision = Math.Max(AnsweredRevision, revision);
        Answered++;
    }
}
