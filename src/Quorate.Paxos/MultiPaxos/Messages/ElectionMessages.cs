using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>Would you promise <paramref name="Ballot"/>? Changes nothing at either end.</summary>
/// <param name="Ballot">What the sender would ask next; it has not promised it itself.</param>
/// <param name="From">The first slot that it does not know decided.</param>
/// <param name="Asked">When it asked, by its own clock: comes back with the answer.</param>
internal readonly record struct PreVote(Ballot Ballot, LogIndex From, Tick Asked);

/// <summary>The answer to a <see cref="PreVote"/>.</summary>
/// <param name="Ballot">Granted: the ballot asked about. Refused: the ballot promised at the sender.</param>
/// <param name="Granted">Whether the sender would promise.</param>
/// <param name="Asked">From the question: an answer that comes late is none to the next one.</param>
internal readonly record struct PreVoteReply(Ballot Ballot, bool Granted, Tick Asked);

/// <summary>Phase 1a, for every slot from <paramref name="From"/> on. Leaves once the sender's own promise is durable. Asked again, further on, for the rest of a long answer.</summary>
/// <param name="Ballot">The sender's ballot.</param>
/// <param name="From">The first slot asked about.</param>
/// <param name="HandedOver">The ballot whose leader asked for this election; zero: none did. Who follows that one has no reason to ignore it.</param>
internal readonly record struct Prepare(Ballot Ballot, LogIndex From, Ballot HandedOver);

/// <summary>What a piece of a promise is followed by.</summary>
internal enum PromiseRest : byte
{
    /// <summary>More, when it is asked for.</summary>
    OnRequest,

    /// <summary>Nothing: nothing is accepted beyond it.</summary>
    Nothing,

    /// <summary>Another piece, unasked.</summary>
    Piece,
}

/// <summary>Phase 1b: nothing below the ballot will be accepted here any more, and this is what was. Leaves once the promise is durable, and what it names.</summary>
/// <param name="ballot">The ballot promised.</param>
/// <param name="from">The first slot of this piece.</param>
/// <param name="next">The slot after this piece.</param>
/// <param name="rest">What comes after this piece.</param>
/// <param name="decided">Slots up to here are known decided at the sender.</param>
/// <param name="accepted">What was accepted, each with its ballot, in order of slots. Borrowed for the call.</param>
internal readonly ref struct Promise(
    Ballot ballot, LogIndex from, LogIndex next, PromiseRest rest, LogIndex decided, ReadOnlySpan<Entry> accepted)
{
    /// <summary>The ballot promised.</summary>
    public Ballot Ballot { get; } = ballot;

    /// <summary>The first slot of this piece.</summary>
    public LogIndex From { get; } = from;

    /// <summary>The slot after this piece.</summary>
    public LogIndex Next { get; } = next;

    /// <summary>What comes after this piece.</summary>
    public PromiseRest Rest { get; } = rest;

    /// <summary>Slots up to here are known decided at the sender.</summary>
    public LogIndex Decided { get; } = decided;

    /// <summary>What was accepted.</summary>
    public ReadOnlySpan<Entry> Accepted { get; } = accepted;
}

/// <summary>No: a higher ballot is promised, or the slots asked about are no longer at hand here.</summary>
/// <param name="Ballot">The ballot of what is refused.</param>
/// <param name="Promised">The ballot promised at the sender.</param>
internal readonly record struct Refused(Ballot Ballot, Ballot Promised);

/// <summary>The leader asks its follower to campaign at once.</summary>
/// <param name="Ballot">The leader's ballot.</param>
internal readonly record struct HandOver(Ballot Ballot);
