using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>
/// Multi-Paxos (Lamport, "Paxos Made Simple", 2001; Chandra, Griesemer, Redstone, "Paxos Made Live", 2007), without I/O. Owner: the replica loop.
/// </summary>
internal sealed class MultiPaxosCore : CoreShell<Progress>
{
    private readonly Server server;
    private readonly RoleSwitch roles;
    private readonly Dispatcher dispatcher;

    /// <summary>A core that has not begun.</summary>
    public MultiPaxosCore(CoreOptions options)
        : this(new Server(options))
    {
    }

    private MultiPaxosCore(Server server)
        : this(server, new RoleSwitch(server))
    {
    }

    private MultiPaxosCore(Server server, RoleSwitch roles)
        : base(server, roles)
    {
        Invariant.Check(server.Options.ReconfigurationWindow >= 2);
        this.server = server;
        this.roles = roles;
        dispatcher = new Dispatcher(server, roles);
    }

    /// <inheritdoc/>
    protected override bool Dispatch(NodeId from, InstanceId instance, in Payload frame) => dispatcher.Receive(from, instance, frame);

    /// <inheritdoc/>
    protected override void Install(SnapshotInfo snapshot)
    {
        // The snapshot may bring another configuration: those who were asked, and the quorums counted by, are of the one before. A try to lead ends here.
        if (Ballot.Of(snapshot.Epoch) > server.Promised)
            roles.BecomeFollower(Ballot.Of(snapshot.Epoch), NodeId.None);
        else if (server.Role != CoreRole.Follower)
            roles.LoseElection();
        server.Log.Install(snapshot, server.Promised);
        server.Feed.Restored(snapshot.Index);
        server.Checkpoint = snapshot.Index;
        server.TellLeader();
    }

    /// <inheritdoc/>
    protected override void WriteState(StateWriter state, StateWriter timing)
    {
        server.WriteState(state, timing);
        LogState.Write(server, state);
        dispatcher.WriteState(state, timing);
        if (server.Role != CoreRole.Follower)
            ProposerState.WriteRoster(server.Roster, state);
        if (server.Role is CoreRole.Candidate or CoreRole.Leader)
            ProposerState.WritePromises(roles.Promises, server.Roster, state);
        switch (server.Role)
        {
            case CoreRole.PreCandidate:
                roles.PreCandidate.WriteState(state, timing);
                break;
            case CoreRole.Candidate:
                roles.Candidate.WriteState(state);
                break;
            case CoreRole.Leader:
                roles.Leader.WriteState(state, timing);
                break;
            case CoreRole.Follower:
                break;
        }
    }

    /// <inheritdoc/>
    protected override void ReadState(ref StateReader state, ref StateReader timing, BlockPool pool)
    {
        server.ReadState(ref state, ref timing);
        LogState.Read(server, ref state, pool);
        dispatcher.ReadState(ref state, ref timing);
        if (server.Role != CoreRole.Follower)
            ProposerState.ReadRoster(server.Roster, ref state);
        if (server.Role is CoreRole.Candidate or CoreRole.Leader)
            ProposerState.ReadPromises(roles.Promises, server.Roster, ref state, pool);
        switch (server.Role)
        {
            case CoreRole.PreCandidate:
                roles.PreCandidate.ReadState(ref state, ref timing);
                break;
            case CoreRole.Candidate:
                roles.Candidate.ReadState(ref state);
                break;
            case CoreRole.Leader:
                roles.Leader.ReadState(ref state, ref timing, pool);
                break;
            case CoreRole.Follower:
                break;
        }
    }

    /// <inheritdoc/>
    protected override void Forget()
    {
        server.Log.Window.Reset(server.Log.Commit.Next);
        roles.Promises.Clear();
        roles.Leader.Proposer.End();
    }
}
