using Quorate.Consensus;

namespace Quorate.Paxos.Synod;

/// <summary>What a message is.</summary>
public enum SynodMessageKind : byte
{
    /// <summary><see cref="Synod.Prepare"/>.</summary>
    Prepare = 1,

    /// <summary><see cref="Synod.Promise"/>.</summary>
    Promise,

    /// <summary><see cref="Synod.Refused"/>.</summary>
    Refused,

    /// <summary><see cref="Synod.Accept"/>.</summary>
    Accept,

    /// <summary><see cref="Synod.Accepted"/>.</summary>
    Accepted,

    /// <summary><see cref="Synod.Decided"/>.</summary>
    Decided,
}

/// <summary>One message between members. A member may lose, delay, repeat and reorder what another sends; it must not alter it.</summary>
public abstract record SynodMessage
{
    private protected SynodMessage()
    {
    }

    /// <summary>Which it is.</summary>
    public abstract SynodMessageKind Kind { get; }
}

/// <summary>An acceptor's vote for a value.</summary>
/// <param name="Ballot">In which ballot.</param>
/// <param name="Value">For what.</param>
public sealed record Vote(Ballot Ballot, Value Value)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Ballot}:{Value}";
}

/// <summary>Phase 1a, proposer to acceptor. Leaves once the proposer has noted durably that the ballot is used.</summary>
/// <param name="Ballot">Above all that the proposer has used or heard of.</param>
public sealed record Prepare(Ballot Ballot) : SynodMessage
{
    /// <inheritdoc/>
    public override SynodMessageKind Kind => SynodMessageKind.Prepare;

    /// <inheritdoc/>
    public override string ToString() => $"Prepare ballot={Ballot}";
}

/// <summary>Phase 1b, acceptor to proposer: it will take part in no lower ballot. Leaves once that is durable.</summary>
/// <param name="Ballot">The proposer's.</param>
/// <param name="Accepted">What the acceptor has last accepted; null when nothing.</param>
public sealed record Promise(Ballot Ballot, Vote? Accepted) : SynodMessage
{
    /// <inheritdoc/>
    public override SynodMessageKind Kind => SynodMessageKind.Promise;

    /// <inheritdoc/>
    public override string ToString() => $"Promise ballot={Ballot} accepted={Accepted?.ToString() ?? "-"}";
}

/// <summary>An acceptor takes no part in a ballot. A hint alone: without it the proposer would wait in vain.</summary>
/// <param name="Ballot">The proposer's.</param>
/// <param name="Promised">The higher one that the acceptor has promised.</param>
public sealed record Refused(Ballot Ballot, Ballot Promised) : SynodMessage
{
    /// <inheritdoc/>
    public override SynodMessageKind Kind => SynodMessageKind.Refused;

    /// <inheritdoc/>
    public override string ToString() => $"Refused ballot={Ballot} promised={Promised}";
}

/// <summary>Phase 2a, proposer to acceptor: vote for this. One value for each ballot.</summary>
/// <param name="Ballot">The proposer's.</param>
/// <param name="Value">What it proposes.</param>
public sealed record Accept(Ballot Ballot, Value Value) : SynodMessage
{
    /// <inheritdoc/>
    public override SynodMessageKind Kind => SynodMessageKind.Accept;

    /// <inheritdoc/>
    public override string ToString() => $"Accept ballot={Ballot} value={Value}";
}

/// <summary>Phase 2b, acceptor to learner: it has voted. Leaves once the vote is durable.</summary>
/// <param name="Vote">How.</param>
public sealed record Accepted(Vote Vote) : SynodMessage
{
    /// <inheritdoc/>
    public override SynodMessageKind Kind => SynodMessageKind.Accepted;

    /// <inheritdoc/>
    public override string ToString() => $"Accepted ballot={Vote.Ballot} value={Vote.Value}";
}

/// <summary>Distinguished learner to the other learners: this is decided.</summary>
/// <param name="Value">It.</param>
public sealed record Decided(Value Value) : SynodMessage
{
    /// <inheritdoc/>
    public override SynodMessageKind Kind => SynodMessageKind.Decided;

    /// <inheritdoc/>
    public override string ToString() => $"Decided value={Value}";
}
