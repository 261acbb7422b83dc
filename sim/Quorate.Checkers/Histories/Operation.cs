namespace Quorate.Checkers;

/// <summary>What a client asked of one key.</summary>
public enum OperationKind : byte
{
    /// <summary>Reads the key.</summary>
    Get,

    /// <summary>Sets the key.</summary>
    Put,

    /// <summary>Removes the key.</summary>
    Delete,

    /// <summary>Sets the key if it holds what was expected.</summary>
    CompareAndSet,
}

/// <summary>What the client knows of the end of an operation.</summary>
public enum Outcome : byte
{
    /// <summary>It was answered.</summary>
    Ok,

    /// <summary>It had no effect and never will.</summary>
    Failed,

    /// <summary>It may have taken effect, at any time after the call, or may yet, or never.</summary>
    Unknown,
}

/// <summary>
/// One operation of a history: a line of the format in <c>docs/history-format.md</c>. Times come from one monotonic clock, in any unit.
/// </summary>
public sealed record Operation
{
    /// <summary>Who asked; for messages only: a client may have several operations open.</summary>
    public long Client { get; init; }

    /// <summary>When it was asked.</summary>
    public required long Call { get; init; }

    /// <summary>When it was answered; <see cref="long.MaxValue"/> when it never was.</summary>
    public long Return { get; init; } = long.MaxValue;

    /// <summary>What was asked.</summary>
    public required OperationKind Kind { get; init; }

    /// <summary>Of which key.</summary>
    public required string Key { get; init; }

    /// <summary>Get: the value read, null when there was none. Put and compare-and-set: the value to set.</summary>
    public string? Value { get; init; }

    /// <summary>Compare-and-set by value: the value expected, null for none.</summary>
    public string? Expected { get; init; }

    /// <summary>Compare-and-set by revision: the modification revision expected, 0 for an absent key. Null: by value.</summary>
    public long? ExpectedRevision { get; init; }

    /// <summary>Compare-and-set: whether it was set. Delete: whether there was something to remove. Null: the client does not know.</summary>
    public bool? Changed { get; init; }

    /// <summary>How it ended.</summary>
    public Outcome Outcome { get; init; }

    /// <summary>The store's revision in the answer's header; 0 when the system has none.</summary>
    public long Revision { get; init; }

    /// <summary>Get: the modification revision of the value read; 0 when unknown.</summary>
    public long ModRevision { get; init; }

    /// <summary>The client got no answer; outcome and return are what others saw of it.</summary>
    internal bool Settled { get; init; }

    /// <summary>Which line of the file it was, from 1; 0 when it came from none.</summary>
    public int Line { get; init; }
}
