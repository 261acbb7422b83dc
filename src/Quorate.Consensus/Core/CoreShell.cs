using System.Buffers;
using System.Buffers.Binary;

namespace Quorate.Consensus;

/// <summary>
/// The outside of an engine: takes each input to the role that it is for, and does what every input begins and ends with. What an input means is in
/// the roles and handlers. Owner: the replica loop.
/// </summary>
/// <remarks>
/// What an input ends with hands out what is decided, makes durable that a configuration has come into force by that, and drops from memory what is
/// decided and durable. A caller's request, word of a snapshot sent, entries that are missing and a checkpoint published decide nothing and make
/// nothing durable, since that takes a disk or a peer: they leave it out.
/// </remarks>
internal abstract class CoreShell<TPeer>(CoreServer server, CoreRoles<TPeer> roles) : IConsensusCore, IDisposable
    where TPeer : Peer
{
    /// <inheritdoc/>
    public CoreOutput Output => server.Output;

    /// <inheritdoc/>
    public Tick NextWake => roles.NextWake;

    /// <inheritdoc/>
    public Configuration Configuration => server.Configuration;

    /// <inheritdoc/>
    public ConfigurationInForce InForce => server.Log.InForce;

    /// <inheritdoc/>
    public CoreStatus Status => new(
        server.Role, server.Leader, server.Epoch, server.Log.Last, server.Log.Commit, server.Log.Durable, IsLearner: !server.IsVoter);

    private bool Leads => server.Role == CoreRole.Leader;

    /// <inheritdoc/>
    public MemberProgress[] Progress()
    {
        if (!Leads)
            return [];
        LogIndex proposed = server.Log.Proposed;
        var progress = new List<MemberProgress>
        {
            new(server.Self, LogIndex.Min(server.Log.Durable, proposed), proposed.Next, RecentlyActive: true, "leader"),
        };
        foreach (TPeer peer in roles.Leader.Peers.All)
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
        server.Recovered();
        server.Timer.Start(server.Now);

        // Before the restart a leader may have been promised an election timeout without a vote for others: its lease rests on that. It may be one that
        // makes this member the only voter, and has still to learn that this is so.
        if (server.Options.LeaseReads)
            server.LeaderHeard = server.Now;
        else if (server.IsAlone)
            roles.Campaign(); // nobody else could be elected
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
        if (paused && Leads)
            roles.Leader.HoldBack();
        else if (paused)
            server.Timer.HoldBack(now);

        roles.OnTime();
        AfterInput();
    }

    /// <inheritdoc/>
    public bool Receive(NodeId from, InstanceId instance, in Payload frame)
    {
        BeforeInput();
        bool taken = Dispatch(from, instance, frame);
        AfterInput();
        return taken;
    }

    /// <inheritdoc/>
    public Refusal Propose(ReadOnlySpan<Payload> commands)
    {
        BeforeInput();
        return Leads ? roles.Leader.Propose(commands) : Refusal.NotLeader;
    }

    /// <inheritdoc/>
    public Refusal Read(ulong requestId)
    {
        BeforeInput();
        return Leads ? roles.Leader.Read(requestId) : Refusal.NotLeader;
    }

    /// <inheritdoc/>
    public Refusal Change(ConfigurationChange change)
    {
        BeforeInput();
        return Leads ? roles.Leader.Change(change) : Refusal.NotLeader;
    }

    /// <inheritdoc/>
    public Refusal Transfer(NodeId target)
    {
        BeforeInput();
        if (!Leads)
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
        server.OnDurable();
        roles.OnDurable();
        AfterInput();
    }

    /// <inheritdoc/>
    public void DiskHasRoom(bool room)
    {
        BeforeInput();
        bool before = server.DiskHasRoom;
        server.DiskHasRoom = room;
        if (Leads && !room)
            roles.Leader.OnDiskFull();
        else if (!Leads && room && !before)
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

        if (!server.Feed.Loaded(ticket, entries) && Leads)
            roles.Leader.Replicator.Loaded(ticket, entries);
        AfterInput();
    }

    /// <inheritdoc/>
    public void EntriesMissing(ulong ticket)
    {
        BeforeInput();
        Invariant.Check(!server.Feed.Awaits(ticket)); // nothing is dropped before it is applied
        if (Leads)
            roles.Leader.Replicator.Missing(ticket);
    }

    /// <inheritdoc/>
    public bool InstallSnapshot(SnapshotInfo snapshot)
    {
        BeforeInput();
        if (snapshot.Index <= server.Log.Commit || Leads)
            return false; // a leader has every decided entry, or decides it by itself, and is about to learn that these are
        Install(snapshot);
        AfterInput();
        return true;
    }

    /// <inheritdoc/>
    public void SnapshotSent(NodeId to, LogIndex index, bool delivered)
    {
        BeforeInput();
        if (Leads)
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
        if (Leads)
            upTo = roles.Leader.Peers.KeptUpTo(upTo);
        upTo = LogIndex.Max(upTo, LogIndex.Min(dropAtLeast, checkpoint.Index));
        if (upTo <= server.Log.Base)
            return;
        server.Log.DropUpTo(upTo);
        Output.DropUpTo = upTo;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Times count from now, writes from the last durable one; what hangs on time and chance alone stands at the end, its length in the last four
    /// bytes, so that an explorer without time can leave it out.
    /// </remarks>
    public void WriteState(IBufferWriter<byte> into)
    {
        var late = new ArrayBufferWriter<byte>();
        var timing = new StateWriter(late);
        WriteState(new StateWriter(into), timing);
        into.Write(late.WrittenSpan);
        BinaryPrimitives.WriteInt32LittleEndian(into.GetSpan(4), late.WrittenCount);
        into.Advance(4);
    }

    /// <inheritdoc/>
    /// <remarks>Time stays what <see cref="Begin"/> was given; writes count from the last durable one, so the next to become durable is number 1.</remarks>
    /// <exception cref="InvalidDataException">The bytes are no state.</exception>
    public void ReadState(ReadOnlySpan<byte> state, BlockPool pool)
    {
        BeforeInput();
        int late = state.Length < 4 ? -1 : BinaryPrimitives.ReadInt32LittleEndian(state[^4..]);
        if (late < 0 || late > state.Length - 4)
            throw new InvalidDataException("core state cut short");
        var known = new StateReader(state[..^(late + 4)]);
        var timing = new StateReader(state[^(late + 4)..^4]);
        ReadState(ref known, ref timing, pool);
        if (!known.AtEnd || !timing.AtEnd)
            throw new InvalidDataException("core state with bytes too many");
    }

    /// <summary>Gives every payload reference back: the core is of no more use. The output must not be read after it.</summary>
    public void Dispose()
    {
        Forget();
        server.Releases.Flush();
    }

    /// <summary>Takes a message to its handler.</summary>
    /// <returns>False when the bytes are none.</returns>
    protected abstract bool Dispatch(NodeId from, InstanceId instance, in Payload frame);

    /// <summary>Takes a snapshot that is ahead of what is decided here, and says so to the leader.</summary>
    protected abstract void Install(SnapshotInfo snapshot);

    /// <summary>Writes the state in its two parts: what is known, and what hangs on time and chance.</summary>
    protected abstract void WriteState(StateWriter state, StateWriter timing);

    /// <summary>Reads what <see cref="WriteState(StateWriter, StateWriter)"/> wrote.</summary>
    protected abstract void ReadState(ref StateReader state, ref StateReader timing, BlockPool pool);

    /// <summary>Lets every payload go.</summary>
    protected abstract void Forget();

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
        server.AfterInput();
        server.Feed.Pump();
        server.Log.BoundWindow();
    }
}
