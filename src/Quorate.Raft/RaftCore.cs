using System.Buffers;
using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>
/// Raft (Ongaro and Ousterhout 2014; Ongaro's thesis), without I/O: takes one input at a time and says what is to be done. What each
/// input does is in the roles and handlers; this class only takes it there. Owner: the replica loop.
/// </summary>
public sealed class RaftCore : IConsensusCore, IDisposable
{
    private readonly Server server;
    private readonly RoleSwitch roles;
    private readonly Dispatcher dispatcher;

    /// <summary>A core that <see cref="Begin"/> has not been given to.</summary>
    public RaftCore(CoreOptions options)
    {
        server = new Server(options);
        roles = new RoleSwitch(server);
        dispatcher = new Dispatcher(server, roles);
    }

    /// <inheritdoc/>
    public CoreOutput Output => server.Output;

    /// <inheritdoc/>
    public Tick NextWake => roles.NextWake;

    /// <inheritdoc/>
    public Configuration Configuration => server.Configuration;

    /// <inheritdoc/>
    public ConfigurationInForce InForce => server.Log.Configurations.InForce(server.Log.Commit);

    /// <inheritdoc/>
    public CoreStatus Status => new(
        server.Role,
        server.Leader,
        server.Term.Epoch,
        server.Log.Last.Index,
        server.Log.Commit,
        server.Writes.DurableIndex,
        IsLearner: !server.IsVoter);

    /// <inheritdoc/>
    public MemberProgress[] Progress()
    {
        if (server.Role != CoreRole.Leader)
            return [];
        var progress = new List<MemberProgress>
        {
            new(server.Self, server.Writes.DurableIndex, server.Log.Last.Index.Next, RecentlyActive: true, "leader"),
        };
        foreach (Progress peer in roles.Leader.Peers.All)
            progress.Add(new(peer.Id, peer.Match, peer.Next, roles.Leader.Peers.IsActive(peer), Word(peer.State)));
        progress.Sort(static (a, b) => a.Member.CompareTo(b.Member));
        return [.. progress];
    }

    /// <inheritdoc/>
    public void Begin(CoreStart start) => server.Begin(start);

    /// <inheritdoc/>
    public void Recover(in Entry entry) => server.Log.Recover(entry);

    /// <inheritdoc/>
    public void Ready()
    {
        server.Log.Recovered();
        server.RaiseTermToLog();
        server.Log.Configurations.Announce(server.Log.Commit);
        server.Timer.Start(server.Now);

        // Before the restart a leader may have been promised an election timeout without a vote: its lease rests on that.
        if (server.Options.LeaseReads)
            server.LeaderHeard = server.Now;
        if (server.IsAlone)
            roles.Campaign(); // nobody else could lead
        AfterInput();
    }

    /// <inheritdoc/>
    public void Advance(Tick now)
    {
        BeforeInput();
        Invariant.Check(now >= server.Now);
        Tick wake = NextWake;
        bool paused = wake != Tick.Never && now - wake > server.Options.HeartbeatTicks;
        server.Now = now;
        if (paused)
        {
            server.Timer.HoldBack(now);
            roles.Leader.HoldBack();
        }

        roles.OnTime();
        AfterInput();
    }

    /// <inheritdoc/>
    public bool Receive(NodeId from, InstanceId instance, in Payload frame)
    {
        BeforeInput();
        bool taken = dispatcher.Receive(from, instance, frame);
        AfterInput();
        return taken;
    }

    /// <inheritdoc/>
    public Refusal Propose(ReadOnlySpan<Payload> commands)
    {
        BeforeInput();
        return server.Role == CoreRole.Leader ? roles.Leader.Propose(commands) : Refusal.NotLeader;
    }

    /// <inheritdoc/>
    public Refusal Read(ulong requestId)
    {
        BeforeInput();
        return server.Role == CoreRole.Leader ? roles.Leader.Read(requestId) : Refusal.NotLeader;
    }

    /// <inheritdoc/>
    public Refusal Change(ConfigurationChange change)
    {
        BeforeInput();
        return server.Role == CoreRole.Leader ? roles.Leader.Change(change) : Refusal.NotLeader;
    }

    /// <inheritdoc/>
    public Refusal Transfer(NodeId target)
    {
        BeforeInput();
        if (server.Role != CoreRole.Leader)
            return Refusal.NotLeader;
        return target == server.Self ? Refusal.None : roles.Leader.Transfer.Start(target);
    }

    /// <inheritdoc/>
    public void Campaign()
    {
        BeforeInput();
        if (!server.Options.LeaseReads || !server.HasLiveLeader) // this member may be of the quorum that a lease rests on
            roles.Campaign();
        AfterInput();
    }

    /// <inheritdoc/>
    public void WritesDurable(WriteNumber upTo)
    {
        BeforeInput();
        server.Writes.DurableUpTo(upTo);
        roles.Candidate.OnDurable();
        if (server.Role == CoreRole.Leader)
            roles.Leader.OnDurable();
        AfterInput();
    }

    /// <inheritdoc/>
    public void DiskHasRoom(bool room)
    {
        BeforeInput();
        bool before = server.DiskHasRoom;
        server.DiskHasRoom = room;
        if (server.Role == CoreRole.Leader && !room)
            roles.Leader.OnDiskFull();
        else if (server.Role != CoreRole.Leader && room && !before)
            server.Timer.Reset(server.Now); // it ran on while this member could not campaign
        AfterInput();
    }

    /// <inheritdoc/>
    public void EntriesLoaded(ulong ticket, ReadOnlySpan<Entry> entries)
    {
        BeforeInput();
        foreach (ref readonly Entry entry in entries)
        {
            // Held until the output that may name them is cleared: the caller gives its own references back at once.
            entry.Payload.Retain();
            server.Releases.Add(entry.Payload);
        }

        if (!server.Feed.Loaded(ticket, entries) && server.Role == CoreRole.Leader)
            roles.Leader.Replicator.Loaded(ticket, entries);
        AfterInput();
    }

    /// <inheritdoc/>
    public void EntriesMissing(ulong ticket)
    {
        BeforeInput();
        Invariant.Check(!server.Feed.Awaits(ticket)); // nothing is dropped before it is applied
        if (server.Role == CoreRole.Leader)
            roles.Leader.Replicator.Missing(ticket);
    }

    /// <inheritdoc/>
    public bool InstallSnapshot(SnapshotInfo snapshot)
    {
        BeforeInput();
        if (snapshot.Index <= server.Log.Commit || server.Role == CoreRole.Leader)
            return false; // a leader has every decided entry, and is about to learn that this one is
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

        AfterInput();
        return true;
    }

    /// <inheritdoc/>
    public void SnapshotSent(NodeId to, LogIndex index, bool delivered)
    {
        BeforeInput();
        if (server.Role == CoreRole.Leader)
            roles.Leader.Replicator.SnapshotSent(to, index, delivered);
    }

    /// <inheritdoc/>
    public void Applied(LogIndex upTo)
    {
        BeforeInput();
        server.Feed.AppliedUpTo(upTo);
        AfterInput();
    }

    /// <inheritdoc/>
    public void CheckpointPublished(SnapshotInfo checkpoint, LogIndex dropAtLeast)
    {
        BeforeInput();
        server.Checkpoint = LogIndex.Max(server.Checkpoint, checkpoint.Index);
        ulong late = (ulong)server.Options.CatchUpEntries;
        LogIndex upTo = new(checkpoint.Index.Value > late ? checkpoint.Index.Value - late : 0);
        if (server.Role == CoreRole.Leader)
            upTo = roles.Leader.Peers.KeptUpTo(upTo);
        upTo = LogIndex.Max(upTo, LogIndex.Min(dropAtLeast, checkpoint.Index));
        if (upTo <= server.Log.Base.Index)
            return;
        server.Log.DropUpTo(upTo);
        server.Output.DropUpTo = upTo;
    }

    /// <inheritdoc/>
    public void WriteState(IBufferWriter<byte> into) => CoreState.Write(server, roles, into);

    /// <inheritdoc/>
    /// <remarks>Time stays what <see cref="Begin"/> was given; writes count from the last durable one, so the next to become durable is number 1.</remarks>
    /// <exception cref="InvalidDataException">The bytes are no state.</exception>
    public void ReadState(ReadOnlySpan<byte> state, BlockPool pool)
    {
        BeforeInput();
        CoreState.Read(server, roles, state, pool);
    }

    /// <summary>Gives every payload reference back: the core is of no more use. The output must not be read after it.</summary>
    public void Dispose()
    {
        server.Log.Window.Reset(server.Log.Last.Index);
        server.Releases.Flush();
    }

    private static string Word(SendingState state) => state switch
    {
        SendingState.Probe => "probe",
        SendingState.Replicate => "replicate",
        SendingState.Snapshot => "snapshot",
    };

    private void BeforeInput()
    {
        if (Output.IsEmpty)
            server.Releases.Flush();
    }

    private void AfterInput()
    {
        server.Feed.Pump();
        server.Log.BoundWindow();
    }
}
