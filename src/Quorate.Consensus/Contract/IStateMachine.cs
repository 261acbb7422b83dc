namespace Quorate.Consensus;

/// <summary>A decided command.</summary>
/// <param name="Index">Its place in the log.</param>
/// <param name="Caller">Who waits for the answer here; 0 = nobody does.</param>
/// <param name="Bytes">The command; borrowed for the call, so what is kept is copied.</param>
public readonly record struct Command(LogIndex Index, ulong Caller, ReadOnlyMemory<byte> Bytes);

/// <summary>Takes the answers of applied commands to their callers.</summary>
public interface IAnswers
{
    /// <summary>Answers <paramref name="caller"/>; the bytes are copied before the call returns.</summary>
    void Answer(ulong caller, ReadOnlySpan<byte> answer);
}

/// <summary>
/// What consensus replicates. Apply is deterministic: same commands, same bytes on each replica, so no time, chance, culture or
/// thread may enter it. Owner: the apply thread, but for what <see cref="Capture"/> returns.
/// </summary>
public interface IStateMachine
{
    /// <summary>Applies commands in order, and answers those whose caller is not 0. A malformed command gets an answer that says so; it never throws.</summary>
    void Apply(ReadOnlySpan<Command> commands, IAnswers answers);

    /// <summary>
    /// A bounded piece of work that earlier commands left behind, for when nothing is to be applied. It changes no answer, snapshot or hash.
    /// </summary>
    /// <returns>Whether there is more.</returns>
    bool Work() => false;

    /// <summary>The state as it is now, cheaply and immutable: what is applied later does not show in it.</summary>
    ISnapshotSource Capture();

    /// <summary>Begins to replace the whole state by a snapshot's bytes.</summary>
    ISnapshotSink Restore();
}

/// <summary>A state on its way out. Read by one job, on any thread, while apply goes on.</summary>
public interface ISnapshotSource : IDisposable
{
    /// <summary>The next bytes, as many as fit or fewer; 0 at the end. Bounded work for each call. The same state gives the same bytes.</summary>
    int Read(Span<byte> into);
}

/// <summary>A state on its way in. The old state stays until <see cref="Complete"/>.</summary>
public interface ISnapshotSink : IDisposable
{
    /// <summary>The next bytes of the snapshot.</summary>
    /// <exception cref="InvalidDataException">They are no snapshot of this state machine.</exception>
    void Write(ReadOnlySpan<byte> bytes);

    /// <summary>All bytes are there: takes the old state's place. Called on the apply thread.</summary>
    /// <exception cref="InvalidDataException">The snapshot ends early.</exception>
    void Complete();
}
