namespace Quorate.Checkers;

/// <summary>What a simulated client asks of the store.</summary>
public enum StoreRequestKind : byte
{
    /// <summary>Range of one key.</summary>
    Get,

    /// <summary>Range of all keys.</summary>
    List,

    /// <summary>Put, with the former pair asked for.</summary>
    Put,

    /// <summary>Delete of one key.</summary>
    Delete,

    /// <summary>Txn: if the key's modification revision is as expected, put it, else read it.</summary>
    CompareAndSet,

    /// <summary>Txn without compares: puts two keys at one revision.</summary>
    PutTwo,

    /// <summary>Compaction.</summary>
    Compact,
}

/// <summary>A request. Keys and values are numbers: what their bytes are is the client's matter.</summary>
/// <param name="Kind">What is asked.</param>
/// <param name="Key">The key, from 0.</param>
/// <param name="SecondKey">PutTwo: the other key.</param>
/// <param name="Value">The value to put, unlike any other; not 0.</param>
/// <param name="Revision">CompareAndSet: expected, 0 for absent. Compact: up to where. Get and List: as of when, 0 for now.</param>
/// <param name="Serializable">Get and List: the member's own state will do; else linearizable.</param>
public readonly record struct StoreRequest(
    StoreRequestKind Kind, int Key = 0, int SecondKey = 0, long Value = 0, long Revision = 0, bool Serializable = false)
{
    /// <summary>Whether it goes through the log.</summary>
    public bool IsWrite => Kind is not (StoreRequestKind.Get or StoreRequestKind.List);
}

/// <summary>A key-value pair as of some revision.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">Its value; 0 when it was deleted.</param>
/// <param name="Create">When it was created.</param>
/// <param name="Mod">When it was last changed.</param>
/// <param name="Version">How often it was put since its creation.</param>
public readonly record struct StorePair(int Key, long Value, long Create, long Mod, long Version);

/// <summary>How a compaction, or a read at an old revision, ended.</summary>
public enum StoreError : byte
{
    /// <summary>Well.</summary>
    None,

    /// <summary>That revision is compacted.</summary>
    Compacted,

    /// <summary>That revision does not exist yet.</summary>
    FutureRevision,
}

/// <summary>What the answer to a request must say.</summary>
public sealed class StoreAnswer
{
    /// <summary>How it was refused, if it was.</summary>
    public StoreError Error { get; set; }

    /// <summary>The store's revision after it.</summary>
    public long Revision { get; set; }

    /// <summary>CompareAndSet: whether it was set. Delete: whether there was something.</summary>
    public bool Changed { get; set; }

    /// <summary>The pairs it shows: former ones for puts, those read otherwise.</summary>
    public List<StorePair> Pairs { get; } = [];
}
