using System.Runtime.InteropServices;
using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>The acceptor's side of elections: phase 1b, and the question that goes before it.</summary>
internal sealed class PromiseHandler(Server server, RoleSwitch roles)
{
    private readonly List<Entry> piece = [];
    private readonly Sponsor sponsor = new(server);

    /// <summary>Answers a pre-vote: as a promise would be given, but nothing changes here, so nothing need be durable.</summary>
    public void Handle(NodeId from, in PreVote request)
    {
        bool granted = WouldPromise(request);
        Teach(from, request.From);
        if (granted && CannotLead && !server.IsVoter && IsOfThePast(request))
            sponsor.Begin(from, request);
        else
            Answer(from, request, granted);
    }

    /// <summary>What a voter says to a question that was asked on another's behalf.</summary>
    public void Handle(NodeId from, InstanceId instance, in PreVoteReply reply)
    {
        if (!sponsor.Hear(from, instance, reply))
            return;
        Answer(sponsor.Asker, sponsor.Request, sponsor.HasConsent && WouldPromise(sponsor.Request));
        sponsor.End();
    }

    /// <summary>Phase 1b.</summary>
    public void Handle(NodeId from, in Prepare request)
    {
        bool isHeldBack = server.HasLiveLeader && !IsHandedOver(request);

        // A live leader was heard from, and it is not the one that hands over: not even the ballot is taken.
        if (request.Ballot > server.Promised && isHeldBack)
            return;

        // The ballot may have come from elsewhere, in a snapshot, a late answer or its leader's heartbeat: then it is promised, but nobody was told so, and
        // a lease that was confirmed before must see its election timeout. That of the leader that asks is no obstacle.
        if (request.Ballot < server.Promised || (isHeldBack && (server.Leader != from || server.OwesFormerLeader)) || !IsAtHand(request.From))
        {
            // What the sender needs may be gone from here: then it cannot learn it in phase 1, and must not lead.
            Teach(from, request.From);
            server.Outbox.Send(from, new Refused(request.Ballot, server.Promised), after: server.Writes.Last);
            return;
        }

        if (request.Ballot > server.Promised)
        {
            roles.BecomeFollower(request.Ballot, NodeId.None);
            server.ForgetLeaderHeard();
        }

        // While it is asked, and asked again for the rest, it neither campaigns nor helps another to. Who knows more decided stands all the same when its time
        // comes: the other may lack what it cannot learn by promises, try again and again, and always be the first to.
        if (request.From > server.Log.Commit || !server.MayCampaign)
            server.Timer.Reset(server.Now);
        server.PromisedAt = server.Now;
        SendPieces(from, request);
    }

    /// <summary>Its part of the canonical state.</summary>
    public void WriteState(StateWriter state, StateWriter timing) => sponsor.WriteState(state, timing);

    /// <summary>Reads what <see cref="WriteState"/> wrote.</summary>
    public void ReadState(ref StateReader state, ref StateReader timing) => sponsor.ReadState(ref state, ref timing);

    private bool WouldPromise(in PreVote request) =>
        request.Ballot > server.Promised
        && !server.HasLiveLeader
        && !IsPromising
        && IsAtHand(request.From)
        && !IsBetterPlaced(request);

    // Who is far behind what is decided here could catch up; but one that counts is better placed. So is one that is about to leave, while it can still lead, for whoever
    // goes by a configuration of the past: those who come would have to be asked at once.
    private bool IsBetterPlaced(in PreVote request) =>
        (server.IsVoter && request.From + server.Options.MessageEntriesMax <= server.Log.Commit) || (!CannotLead && IsLeaving && IsOfThePast(request));

    // It need not know the configuration that is newest here.
    private bool IsOfThePast(in PreVote request) => request.From <= server.Log.Configurations.Index;

    // The configuration that is pending does not count it any more.
    private bool IsLeaving => server.Log.Configurations.Pending is { } next && !next.StaysVoter(server.Self, server.Instance);

    private void Answer(NodeId whoAsks, in PreVote request, bool granted) =>
        server.Outbox.Send(whoAsks, new PreVoteReply(granted ? request.Ballot : server.Promised, granted, request.Asked));

    private void Teach(NodeId whoAsks, LogIndex next)
    {
        if (next <= server.Log.Commit && CannotLead)
            server.Outbox.Send(whoAsks, new DecidedNotice(server.Log.CommitBallot, server.Log.Commit, Leads: false));
    }

    // Who is out may alone know that it is: where a configuration without it came into force, others may still count on it in slots that they take for
    // open, and could never end without it what has ended. Whose disk is full is no better placed than who is out. One that can lead tells nobody: it will.
    private bool CannotLead => server.Role == CoreRole.Follower && !server.MayCampaign;

    // Whether the very leader that is followed asked for this election. The word of an earlier one may come late: another leads by now, and reads by its lease.
    private bool IsHandedOver(in Prepare request) =>
        !server.Leader.IsNone && server.Leader == request.HandedOver.Proposer && server.Promised == request.HandedOver && !server.OwesFormerLeader;

    // Half an election timeout is what a candidate waits for the next piece: until then it may still win, and a rival would only spoil that.
    private bool IsPromising =>
        server.Leader.IsNone && server.Now - server.PromisedAt < server.Options.ElectionTicks / 2;

    // Every slot that may be open is in memory, and with it everything decided from the window's first slot on.
    private bool IsAtHand(LogIndex slot) => slot >= server.Log.Window.First;

    /// <summary>What was accepted from the slot asked about on, in pieces, as much as may be on its way. The sender asks for the rest.</summary>
    private void SendPieces(NodeId to, in Prepare request)
    {
        long sent = 0;
        LogIndex from = request.From;
        PromiseRest rest;
        do
        {
            LogIndex next = Gather(from, ref sent);
            rest = next >= server.Log.Window.End ? PromiseRest.Nothing
                : sent >= server.Options.InflightBytesMax ? PromiseRest.OnRequest
                : PromiseRest.Piece;
            var promise = new Promise(server.Promised, from, next, rest, server.Log.Commit, CollectionsMarshal.AsSpan(piece));

            // A promise that a crash could take back might be broken; what it names must not be forgotten either.
            server.Outbox.Send(to, promise, after: server.Writes.Last);
            from = next;
        }
        while (rest == PromiseRest.Piece);
    }

    /// <summary>Gathers a piece.</summary>
    /// <returns>The slot after it.</returns>
    private LogIndex Gather(LogIndex from, ref long sent)
    {
        SlotWindow window = server.Log.Window;
        piece.Clear();
        long bytes = 0;
        LogIndex slot = from;
        for (; slot < window.End; slot = slot.Next)
        {
            if (!window.Holds(slot))
                continue;
            int length = window[slot].Payload.Length;
            if (piece.Count == server.Options.MessageEntriesMax || (piece.Count > 0 && bytes + length > server.Options.MessageBytesMax))
                break;
            piece.Add(window[slot]);
            bytes += length;
        }

        sent += bytes + (piece.Count * SlotWindow.OverheadBytes);
        return slot;
    }
}
