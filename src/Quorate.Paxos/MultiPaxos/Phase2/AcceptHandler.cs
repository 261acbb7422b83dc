using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>The acceptor's side of phase 2, and the learner's: whoever leads the ballot promised says what is decided.</summary>
internal sealed class AcceptHandler(Server server)
{
    private readonly SlotLog log = server.Log;

    /// <summary>Phase 2b. The dispatcher has settled ballots.</summary>
    public void Handle(NodeId from, in Accept accept)
    {
        Invariant.Check(accept.Ballot == server.Promised);
        ReadOnlySpan<Entry> proposals = accept.Proposals;
        bool takes = server.DiskHasRoom && log.Window.Reaches(proposals[^1].Index);
        if (takes)
            log.Accept(accept.Ballot, proposals);
        Learn(accept.Decided);

        // What is acknowledged must survive a crash here, and with it the ballot it was acknowledged in.
        if (takes)
        {
            var accepted = new Accepted(accept.Ballot, proposals[0].Index, proposals[^1].Index, accept.Round);
            server.Outbox.Send(from, accepted, after: server.Writes.Last);
        }
    }

    /// <summary>
    /// The leader knows slots up to <paramref name="decided"/> decided. What was accepted here under its ballot is what it proposed, and so what
    /// was decided; of a slot accepted under a lower ballot that is not known before the leader has sent it again.
    /// </summary>
    public void Learn(LogIndex decided) => log.CommitTo(LogIndex.Min(decided, log.Agreed));
}
