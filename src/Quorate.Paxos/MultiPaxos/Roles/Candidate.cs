using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>A proposer in phase 1: leads once a quorum of every configuration that open slots fall under has promised its ballot.</summary>
internal sealed class Candidate(Server server, RoleSwitch roles, PromiseBook promises)
{
    private WriteNumber ownPromise; // the write that makes its own promise durable

    /// <summary>
    /// Takes a ballot above every one it has promised, promises it itself, and asks all voters. Its promise goes to disk before anybody hears of
    /// the ballot, so no restart can use a ballot again.
    /// </summary>
    /// <param name="transfer">The leader of the ballot promised asked for it.</param>
    public void Enter(bool transfer)
    {
        Ballot handedOver = transfer ? server.Promised : Ballot.Zero;
        server.Promise(new Ballot(server.Promised.Round + 1, server.Self));
        server.ForgetLeaderHeard();
        server.Role = CoreRole.Candidate;
        server.Timer.AwaitVotes(server.Now);
        ownPromise = server.Writes.Last;
        server.Roster.Begin();
        promises.Begin();
        promises.Ask(server.Log.Commit.Next, handedOver, after: ownPromise);
    }

    /// <summary>Its own promise counts once it is durable, like any other.</summary>
    public void OnDurable()
    {
        if (server.Writes.Durable < ownPromise)
            return;
        promises.AddOwn();
        Conclude();
    }

    /// <summary>A promise; the dispatcher has settled ballots.</summary>
    public void Handle(NodeId from, InstanceId instance, in Promise promise)
    {
        if (server.Role != CoreRole.Candidate || promise.Ballot != server.Promised)
            return; // of an election that is over
        if (promises.Add(from, instance, promise))
            Conclude();
        else
            server.Timer.AwaitVotes(server.Now); // a long answer goes on
    }

    /// <summary>A refusal.</summary>
    public void Handle(NodeId from, InstanceId instance, in Refused refused)
    {
        if (server.Role != CoreRole.Candidate || refused.Ballot != server.Promised)
            return;
        promises.Refuse(from, instance);
        Conclude();
    }

    /// <summary>Its part of the canonical state: how many writes its own promise still waits for.</summary>
    public void WriteState(StateWriter state) =>
        state.UInt64(ownPromise.Value - Math.Min(ownPromise.Value, server.Writes.Durable.Value));

    /// <summary>Reads what <see cref="WriteState"/> wrote.</summary>
    public void ReadState(ref StateReader state) => ownPromise = new WriteNumber(state.UInt64());

    private void Conclude()
    {
        if (server.Roster.HasPhase1(promises.Promised) && server.Writes.Durable >= ownPromise)
            roles.Leader.Enter();
        else if (!server.Roster.HasPhase1(~promises.Refused))
            roles.LoseElection();
    }
}
