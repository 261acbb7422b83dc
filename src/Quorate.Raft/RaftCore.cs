using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>Raft (Ongaro and Ousterhout 2014; Ongaro's thesis), without I/O. Owner: the replica loop.</summary>
internal sealed class RaftCore : CoreShell<Progress>
{
    private readonly Server server;
    private readonly RoleSwitch roles;
    private readonly Dispatcher dispatcher;

    /// <summary>A core that has not begun.</summary>
    public RaftCore(CoreOptions options)
        : this(new Server(options))
    {
    }

    private RaftCore(Server server)
        : this(server, new RoleSwitch(server))
    {
    }

    private RaftCore(Server server, RoleSwitch roles)
        : base(server, roles)
    {
        this.server = server;
        this.roles = roles;
        dispatcher = new Dispatcher(server, roles);
    }

    /// <inheritdoc/>
    protected override bool Dispatch(NodeId from, InstanceId instance, in Payload frame) => dispatcher.Receive(from, instance, frame);

    /// <inheritdoc/>
    protected override void Install(SnapshotInfo snapshot)
    {
        server.Log.Install(snapshot);
        server.Feed.Restored(snapshot.Index);
        server.Checkpoint = snapshot.Index;
        if (snapshot.Epoch.Term > server.Term)
            roles.BecomeFollower(snapshot.Epoch.Term, NodeId.None);
        server.Agreed = server.Leader.IsNone ? LogIndex.Zero : server.Agreed;
        if (!server.Leader.IsNone && server.Role == CoreRole.Follower)
        {
            var position = new LogPosition(snapshot.Index, snapshot.Epoch.Term);
            server.Outbox.Send(server.Leader, new SnapshotInstalled(server.Term, position), after: server.Writes.Last);
        }
    }

    /// <inheritdoc/>
    protected override void WriteState(StateWriter state, StateWriter timing)
    {
        server.WriteState(state, timing);
        LogState.Write(server, state);
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
    protected override void Forget() => server.Log.Window.Reset(server.Log.Last.Index);
}
