namespace Quorate.Consensus;

/// <summary>What every member has, whatever its engine, and what all handlers of one share. Owner: the replica loop.</summary>
internal abstract class CoreServer
{
    /// <summary>A server that has not begun.</summary>
    protected CoreServer(CoreOptions options)
    {
        Options = options;
        Writes = new WriteLedger(Output);
        Timer = new ElectionTimer(options);
    }

    /// <summary>What it is tuned by.</summary>
    public CoreOptions Options { get; }

    /// <summary>What is to be done.</summary>
    public CoreOutput Output { get; } = new();

    /// <summary>Numbers writes.</summary>
    public WriteLedger Writes { get; }

    /// <summary>Numbers loads.</summary>
    public LoadTickets Tickets { get; } = new();

    /// <summary>References on their way back.</summary>
    public DeferredReleases Releases { get; } = new();

    /// <summary>When to campaign.</summary>
    public ElectionTimer Timer { get; }

    /// <summary>Blocks for the payloads that the core makes itself: configurations.</summary>
    public BlockPool Pool { get; } = new(1 << 20);

    /// <summary>Hands decided entries out (Raft Figure 2: lastApplied).</summary>
    public abstract ApplyFeed Feed { get; }

    /// <summary>This member.</summary>
    public NodeId Self { get; private set; }

    /// <summary>This life of it.</summary>
    public InstanceId Instance { get; private set; }

    /// <summary>Time, as last handed in.</summary>
    public Tick Now { get; set; }

    /// <summary>What it does.</summary>
    public CoreRole Role { get; set; }

    /// <summary>Who leads the term or ballot in force here, as far as is known.</summary>
    public NodeId Leader { get; set; }

    /// <summary>When a message of the leader last arrived; on a leader itself, not used.</summary>
    public Tick LeaderHeard { get; set; }

    /// <summary>Whether the log on disk has a segment to spare.</summary>
    public bool DiskHasRoom { get; set; } = true;

    /// <summary>The published checkpoint; the log is never dropped past it.</summary>
    public LogIndex Checkpoint { get; set; }

    /// <summary>Its log.</summary>
    public abstract ICoreLog Log { get; }

    /// <summary>The term or ballot in force here.</summary>
    public abstract Epoch Epoch { get; }

    /// <summary>The newest configuration that counts.</summary>
    public abstract Configuration Configuration { get; }

    /// <summary>Whether this member may try to lead.</summary>
    public abstract bool MayCampaign { get; }

    /// <summary>Whether this instance counts in a quorum.</summary>
    public bool IsVoter => Configuration.IsVoter(Self, Instance);

    /// <summary>Whether this member alone is every quorum.</summary>
    public bool IsAlone => IsVoter && Configuration.Voters.Length == 1 && !Configuration.IsJoint;

    /// <summary>
    /// Whether a leader was heard from within an election timeout: then nobody is voted for or promised anything, so that a member cut off and back
    /// cannot unseat it (Raft thesis §6.2: leader stickiness). A leader, too, ignores who asks: it steps down when its quorum is gone. A lease rests
    /// on this, so with leases it holds also where the leader's name has been forgotten since.
    /// </summary>
    public bool HasLiveLeader => Options.CheckQuorum && (Role == CoreRole.Leader || HeardLeaderLately);

    private bool HeardLeaderLately =>
        (!Leader.IsNone || Options.LeaseReads) && Now - LeaderHeard < Options.ElectionTicks;

    /// <summary>Takes what the disk held.</summary>
    public virtual void Begin(CoreStart start)
    {
        (Self, Instance, Now) = (start.Self, start.Instance, start.Now);
        (Role, Leader) = (CoreRole.Follower, NodeId.None);
        Timer.Begin(start.Seed);
        Feed.Restored(start.Checkpoint.Index);
        Checkpoint = start.Checkpoint.Index;
    }

    /// <summary>All of the log was read.</summary>
    public abstract void Recovered();

    /// <summary>More writes are durable.</summary>
    public virtual void OnDurable()
    {
    }

    /// <summary>An input has been taken.</summary>
    public virtual void AfterInput()
    {
    }

    /// <summary>Its part of the canonical state.</summary>
    public virtual void WriteState(StateWriter state, StateWriter timing)
    {
        state.UInt64(Self.Value);
        state.UInt64(Instance.Value);
        state.UInt64((ulong)Role);
        state.UInt64(Leader.Value);
        state.Bool(DiskHasRoom);
        state.UInt64(Checkpoint.Value);
        state.UInt64(Tickets.Last);

        (ulong s0, ulong s1, ulong s2, ulong s3) = Timer.Random.State;
        timing.UInt64(s0);
        timing.UInt64(s1);
        timing.UInt64(s2);
        timing.UInt64(s3);
        timing.Int64(Role == CoreRole.Leader ? 0 : Timer.Deadline - Now); // a leader sets it when it leaves
        timing.Bool(Role != CoreRole.Leader && Timer.IsHeldBack);
        timing.Int64(Math.Min(Now - LeaderHeard, Options.ElectionTicks)); // longer ago is as good
    }

    /// <summary>Reads what <see cref="WriteState"/> wrote; time stays what it is.</summary>
    public virtual void ReadState(ref StateReader state, ref StateReader timing)
    {
        (Self, Instance) = (state.Node(), new InstanceId(state.UInt64()));
        (Role, Leader) = ((CoreRole)state.UInt64(), state.Node());
        DiskHasRoom = state.Bool();
        Checkpoint = state.Index();
        Tickets.Restore(state.UInt64());

        Timer.Random.State = (timing.UInt64(), timing.UInt64(), timing.UInt64(), timing.UInt64());
        Timer.Restore(Now + timing.Int64(), timing.Bool());
        LeaderHeard = Now + -timing.Int64();
    }
}
