namespace Quorate.KeyValue;

/// <summary>Why a key-value request was refused. A refused request has had no effect. The numbers stand in answers: they never change.</summary>
public enum KeyValueError : byte
{
    /// <summary>It was not.</summary>
    None = 0,

    /// <summary>The bytes are no such request.</summary>
    Malformed = 1,

    /// <summary>The command's first byte names no command.</summary>
    UnknownCommand = 2,

    /// <summary>An empty key.</summary>
    KeyNotProvided = 3,

    /// <summary><c>ignore_value</c> or <c>ignore_lease</c> without such a key; an operation of a transaction with nothing set.</summary>
    KeyNotFound = 4,

    /// <summary><c>ignore_value</c> with a value.</summary>
    ValueProvided = 5,

    /// <summary><c>ignore_lease</c> with a lease.</summary>
    LeaseProvided = 6,

    /// <summary>More compares, or operations in a branch, than allowed.</summary>
    TooManyOperations = 7,

    /// <summary>A transaction that would write one key twice.</summary>
    DuplicateKey = 8,

    /// <summary>Sort order or target outside the enumeration.</summary>
    InvalidSortOption = 9,

    /// <summary>A revision below the compacted one; or a compaction at or below it.</summary>
    Compacted = 10,

    /// <summary>A revision that does not exist yet.</summary>
    FutureRevision = 11,

    /// <summary>A put names a lease that does not exist.</summary>
    LeaseNotFound = 12,

    /// <summary>More bytes than a proposal may have.</summary>
    RequestTooLarge = 13,

    /// <summary>The NOSPACE alarm is active, or the request would cross the quota.</summary>
    NoSpace = 14,

    /// <summary>The CORRUPT alarm is active.</summary>
    CorruptCluster = 15,
}

/// <summary>What etcd's clients read when a request is refused.</summary>
public static class KeyValueErrorText
{
    /// <summary>etcd's whole text, to the letter: clients look errors up by it. Empty for <see cref="KeyValueError.None"/>.</summary>
    public static string Text(this KeyValueError error) => error switch
    {
        KeyValueError.None => "",
        KeyValueError.Malformed => "grpc: error unmarshalling request: malformed protocol buffer",
        KeyValueError.UnknownCommand => "etcdserver: unknown command in the log",
        KeyValueError.KeyNotProvided => "etcdserver: key is not provided",
        KeyValueError.KeyNotFound => "etcdserver: key not found",
        KeyValueError.ValueProvided => "etcdserver: value is provided",
        KeyValueError.LeaseProvided => "etcdserver: lease is provided",
        KeyValueError.TooManyOperations => "etcdserver: too many operations in txn request",
        KeyValueError.DuplicateKey => "etcdserver: duplicate key given in txn request",
        KeyValueError.InvalidSortOption => "etcdserver: invalid sort option",
        KeyValueError.Compacted => "etcdserver: mvcc: required revision has been compacted",
        KeyValueError.FutureRevision => "etcdserver: mvcc: required revision is a future revision",
        KeyValueError.LeaseNotFound => "etcdserver: requested lease not found",
        KeyValueError.RequestTooLarge => "etcdserver: request is too large",
        KeyValueError.NoSpace => "etcdserver: mvcc: database space exceeded",
        KeyValueError.CorruptCluster => "etcdserver: corrupt cluster",
    };
}
