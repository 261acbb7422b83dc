using Quorate.Consensus;

namespace Quorate.Paxos.Synod;

/// <summary>
/// Votes (Paxos Made Simple §2.2, P1a). Its state is kept by its owner, who makes it durable before any answer but a refusal leaves.
/// </summary>
/// <param name="promised">The highest ballot it has promised.</param>
/// <param name="accepted">Its last vote.</param>
public sealed class Acceptor(Ballot promised, Vote? accepted)
{
    /// <summary>It takes part in no ballot below this one.</summary>
    public Ballot Promised { get; private set; } = promised;

    /// <summary>Its last vote; null before the first.</summary>
    public Vote? Accepted { get; private set; } = accepted;

    /// <summary>Phase 1b.</summary>
    public SynodMessage Answer(Prepare prepare)
    {
        // The promise: having answered a higher ballot, it takes part in no lower one. The same ballot again is a message repeated.
        if (prepare.Ballot < Promised)
            return new Refused(prepare.Ballot, Promised);
        Promised = prepare.Ballot;
        return new Promise(prepare.Ballot, Accepted);
    }

    /// <summary>Phase 2b.</summary>
    public SynodMessage Answer(Accept accept)
    {
        // P1a: accept unless a higher ballot was promised.
        if (accept.Ballot < Promised)
            return new Refused(accept.Ballot, Promised);
        Invariant.Check(Accepted is null || Accepted.Ballot != accept.Ballot || Accepted.Value == accept.Value); // a ballot has one value
        // Whoever votes in a ballot has promised it too: a later Prepare between the two must not be answered.
        Promised = accept.Ballot;
        Accepted = new Vote(accept.Ballot, accept.Value);
        return new Accepted(Accepted);
    }
}
