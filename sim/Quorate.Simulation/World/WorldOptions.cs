using Quorate.Consensus;
using Quorate.KeyValue;
using Quorate.Raft;
using Quorate.Replica;
using Quorate.Storage;

namespace Quorate.Simulation;

/// <summary>What a run looks like. All that is not asked for is drawn from the seed (swarm testing: each seed has its own mix).</summary>
public sealed record WorldOptions
{
    /// <summary>Members at the start, 1 to 7.</summary>
    public int Size { get; init; } = 3;

    /// <summary>How long faults happen; the heal follows. 10 simulated minutes.</summary>
    public long FaultNanoseconds { get; init; } = 600 * Span.Second;

    /// <summary>Clients.</summary>
    public int Clients { get; init; } = 8;

    /// <summary>Operations of all clients in a second.</summary>
    public int OperationsPerSecond { get; init; } = 10;

    /// <summary>In one half-minute of ten, which one, clients ask ten times as often; -1: never.</summary>
    public int RushHalfMinute { get; init; } = -1;

    /// <summary>How long a client waits before it asks somebody else.</summary>
    public long ClientTimeoutNanoseconds { get; init; } = 3 * Span.Second;

    /// <summary>Keys in use.</summary>
    public int Keys { get; init; } = 16;

    /// <summary>Bytes of a value at most.</summary>
    public int ValueBytesMax { get; init; } = 256;

    /// <summary>A tenth of the heartbeat interval of 100 ms.</summary>
    public long TickNanoseconds { get; init; } = 10 * Span.Millisecond;

    /// <summary>Bytes of a log segment.</summary>
    public int SegmentBytes { get; init; } = 256 << 10;

    /// <summary>Each start of a process has segments of another size.</summary>
    public bool SegmentsVary { get; init; }

    /// <summary>Bytes of a new directory's first segment.</summary>
    public int FirstSegmentBytes { get; init; } = 4 << 20;

    /// <summary>Segments kept for reuse at most.</summary>
    public int SparesMax { get; init; } = 4;

    /// <summary>How long the supervisor waits before it starts a process that stopped.</summary>
    public long SupervisorNanoseconds { get; init; } = 1 * Span.Second;

    /// <summary>How long an apply request waits at most.</summary>
    public long ApplyDelayMaxNanoseconds { get; init; } = 50 * Span.Microsecond;

    /// <summary>A sync takes at most this long on a healthy disk.</summary>
    public long SyncMaxNanoseconds { get; init; } = 2 * Span.Millisecond;

    /// <summary>A message takes at least this long.</summary>
    public long DelayMinNanoseconds { get; init; } = 100 * Span.Microsecond;

    /// <summary>A message takes at most this long on a healthy link.</summary>
    public long DelayMaxNanoseconds { get; init; } = 500 * Span.Microsecond;

    /// <summary>Members that were removed are never switched off.</summary>
    public bool RemovedStay { get; init; }

    /// <summary>Links let in every instance of a member, where real ones refuse some: what a wiped member says must be harmless to cores themselves.</summary>
    public bool AdmitsEverybody { get; init; }

    /// <summary>The loop's and the core's.</summary>
    public ReplicaOptions Replica { get; init; } = new();

    /// <summary>A server's own options, all of them.</summary>
    internal bool IsServed { get; init; }

    /// <summary>Which protocol.</summary>
    public IConsensusEngine Engine { get; init; } = new RaftEngine();

    /// <summary>An election timeout.</summary>
    public long ElectionNanoseconds => Replica.Core.ElectionTicks * TickNanoseconds;

    /// <summary>Draws what a seed looks like.</summary>
    public static WorldOptions Draw(Streams streams, int? size, long faultNanoseconds, IConsensusEngine engine)
    {
        Prng mix = streams.Of(StreamKind.Mix);
        int drawnSize = (int)mix.Below(10) switch
        {
            0 => 1,
            1 => 2,
            2 or 3 or 4 or 5 => 3,
            6 => 4,
            7 => 5,
            8 => 6,
            _ => 7,
        };
        var drawn = new WorldOptions
        {
            Size = size ?? drawnSize,
            Engine = engine,
            FaultNanoseconds = faultNanoseconds,
            Clients = (int)mix.Between(1, 16),
            Keys = (int)mix.Between(2, 24),
            ValueBytesMax = (int)mix.Below(4) switch { 0 => 16, 1 => 100, 2 => 400, _ => 2500 },
            ClientTimeoutNanoseconds = mix.Between(1, 8) * Span.Second,
            SegmentBytes = (64 << 10) << (int)mix.Below(3),
            SupervisorNanoseconds = mix.Between(200, 3000) * Span.Millisecond,
            ApplyDelayMaxNanoseconds = mix.Chance(1, 5) ? 20 * Span.Millisecond : 50 * Span.Microsecond,
            SyncMaxNanoseconds = mix.Chance(1, 4) ? 30 * Span.Millisecond : 2 * Span.Millisecond,
            DelayMaxNanoseconds = mix.Chance(1, 4) ? 20 * Span.Millisecond : 500 * Span.Microsecond,
            Replica = DrawReplica(mix),
            AdmitsEverybody = mix.Chance(1, 3),
        };
        drawn = drawn.WithFirstElection(streams.Of(StreamKind.FirstElection)).WithTuning(streams.Of(StreamKind.Tuning)).WithCatchUp();
        return engine.InstalledLog == InstalledLogRule.KeepIfMatched || drawn.IsServed
            ? drawn
            : drawn.WithWindow(4 << (int)mix.Below(7)).WithQuorums(streams.Of(StreamKind.Quorums));
    }

    /// <summary>What <c>serve</c> gives a replica where no flag says otherwise.</summary>
    internal static ReplicaOptions Served { get; } = new() { Core = new CoreOptions { FirstElectionTicks = 10 } };

    /// <summary>How often clients ask just now, beside how often they do elsewhere.</summary>
    internal int HasteAt(long nowNanoseconds) =>
        nowNanoseconds < FaultNanoseconds && nowNanoseconds / (30 * Span.Second) % 10 == RushHalfMinute ? 10 : 1;

    /// <summary>
    /// An eighth of the worlds is tuned as a server is; an eighth has other times; in the others some bounds are tight. Load and the layout of disks are drawn for all.
    /// </summary>
    private WorldOptions WithTuning(Prng chance)
    {
        WorldOptions tuned = this with
        {
            RushHalfMinute = (int)chance.Below(60) is var rush and < 10 ? rush : -1,
            RemovedStay = chance.Chance(1, 4),
            SegmentsVary = chance.Chance(1, 4),
            FirstSegmentBytes = chance.Chance(1, 2) ? 64 << 10 : 4 << 20,
            SparesMax = (int)chance.Below(4) switch { 0 => 0, 1 => 1, _ => 4 },
        };
        return (int)chance.Below(8) switch
        {
            0 => tuned with { Replica = Served, IsServed = true },
            1 => tuned.WithTimes(chance),
            _ => tuned.WithBounds(chance),
        };
    }

    /// <summary>
    /// As with other heartbeat and election timeouts: a tick is a tenth of the one, and the other so many ticks. In half of them an answer takes longer than a heartbeat.
    /// </summary>
    private WorldOptions WithTimes(Prng chance)
    {
        long tick = chance.Between(4, 30) * Span.Millisecond;
        bool far = chance.Chance(1, 2);
        int election = (int)chance.Between(far ? 100 : 50, 200);
        return this with
        {
            TickNanoseconds = tick,
            DelayMinNanoseconds = far ? 6 * tick : DelayMinNanoseconds,
            DelayMaxNanoseconds = far ? 14 * tick : DelayMaxNanoseconds,
            Replica = Replica with
            {
                RequestTicks = (int)chance.Between(2, 5) * 2 * election,
                ReadRetryTicks = election / 2,
                SnapshotStallTicks = 15 * election,
                Core = Replica.Core with { ElectionTicks = election },
            },
        };
    }

    private WorldOptions WithBounds(Prng chance) => this with
    {
        Replica = Replica with
        {
            RequestTicks = chance.Chance(1, 4) ? (int)chance.Between(200, 1500) : Replica.RequestTicks,
            ReadRetryTicks = chance.Chance(1, 4) ? (int)chance.Between(5, 200) : Replica.ReadRetryTicks,
            OpenReadsMax = chance.Chance(1, 8) ? 20 : Replica.OpenReadsMax,
            WaitingBytesMax = chance.Chance(1, 8) ? 32 << 10 : Replica.WaitingBytesMax,
            ForwardBytesMax = chance.Chance(1, 4) ? 4 << 10 : Replica.ForwardBytesMax,
            ForwardWindowBytes = chance.Chance(1, 4) ? 8 << 10 : Replica.ForwardWindowBytes,
            HoldBackBytesMax = chance.Chance(1, 4) ? 64 << 10 : Replica.HoldBackBytesMax,
            SnapshotResendTicks = chance.Chance(1, 4) ? (int)chance.Between(10, 300) : Replica.SnapshotResendTicks,
            SnapshotStallTicks = chance.Chance(1, 4) ? (int)chance.Between(400, 1500) : Replica.SnapshotStallTicks,
            Core = Replica.Core with
            {
                UndecidedBytesMax = chance.Chance(1, 8) ? 64 << 10 : Replica.Core.UndecidedBytesMax,
                PreVote = !chance.Chance(1, 10) || Replica.Core.LeaseReads,
            },
        },
    };

    /// <summary>A server's first election may come as soon as a heartbeat has gone by without one; half of the worlds have it so.</summary>
    private WorldOptions WithFirstElection(Prng chance) => chance.Chance(1, 2)
        ? this with { Replica = Replica with { Core = Replica.Core with { FirstElectionTicks = 10 } } }
        : this;

    /// <summary>In some worlds Paxos has quorums of other sizes than majorities; any two that meet.</summary>
    private WorldOptions WithQuorums(Prng chance)
    {
        if (Size == 1 || !chance.Chance(1, 4))
            return this;
        int phase2 = (int)chance.Between(1, Size);
        var sizes = new QuorumSizes((int)chance.Between(Size - phase2 + 1, Size), phase2);
        return this with { Replica = Replica with { Core = Replica.Core with { Quorums = sizes } } };
    }

    /// <summary>
    /// A leader decides, and sends a newcomer, so many entries a second at least, ten times what clients write: with fewer on their way at once, of one entry each,
    /// over slow links to a slow disk, a log of ten minutes takes longer than the members are given to become equal, and a burst longer than a write may take.
    /// </summary>
    internal const int CatchUpPerWrite = 10;

    /// <summary>And so many bytes of a snapshot: a history of ten minutes takes half a minute at most.</summary>
    internal const int SnapshotBytesPerSecond = 64 << 10;

    private const int EntryOverheadBytes = 64;

    /// <summary>Entries that a healthy leader can send a member in a second, at worst.</summary>
    internal long CatchUpPerSecond
    {
        get
        {
            CoreOptions core = Replica.Core;
            int entryBytes = ValueBytesMax + EntryOverheadBytes;
            long inMessage = Math.Max(1, Math.Min(core.MessageEntriesMax, core.MessageBytesMax / entryBytes));
            return Span.Second * Math.Min(inMessage * core.InflightMessagesMax, core.InflightBytesMax / entryBytes) / RoundTripMaxNanoseconds;
        }
    }

    /// <summary>Bytes of a snapshot that a healthy member can send another in a second, at worst.</summary>
    internal long SnapshotPerSecond => Span.Second * Replica.SnapshotPieceBytes * Replica.SnapshotPiecesMax / RoundTripMaxNanoseconds;

    /// <summary>From when something is sent until it is acknowledged, at most, while links and disks are well.</summary>
    private long RoundTripMaxNanoseconds => (2 * DelayMaxNanoseconds) + SyncMaxNanoseconds;

    /// <summary>Only where it must, so that other seeds stay what they are.</summary>
    private WorldOptions WithCatchUp()
    {
        WorldOptions fast = this;
        while (fast.CatchUpPerSecond < CatchUpPerWrite * OperationsPerSecond)
            fast = fast.WithMoreInFlight();
        while (fast.SnapshotPerSecond < SnapshotBytesPerSecond)
            fast = fast with { Replica = fast.Replica with { SnapshotPieceBytes = 2 * fast.Replica.SnapshotPieceBytes } };
        return fast;
    }

    private WorldOptions WithMoreInFlight()
    {
        CoreOptions core = Replica.Core;
        core = core with { InflightMessagesMax = core.InflightMessagesMax + 1, InflightBytesMax = core.InflightBytesMax + ValueBytesMax };
        return this with { Replica = Replica with { Core = core } };
    }

    /// <summary>
    /// Paxos alone has a window; it is drawn last, so that Raft's seeds stay what they are. A leader decides no more slots in a round trip: where those take
    /// long, the window is as large as clients need.
    /// </summary>
    private WorldOptions WithWindow(int slots)
    {
        while (Span.Second * slots / RoundTripMaxNanoseconds < CatchUpPerWrite * OperationsPerSecond)
            slots *= 2;
        return this with { Replica = Replica with { Core = Replica.Core with { ReconfigurationWindow = slots } } };
    }

    internal StorageOptions StorageOf(NodeId member, ulong start) => new()
    {
        Identity = new StorageIdentity(0x51, member, Engine.Name, $"m{member}"),
        SegmentBytes = SegmentsVary ? (64 << 10) << (int)(start % 3) : SegmentBytes,
        FirstSegmentBytes = FirstSegmentBytes,
        SparesMax = SparesMax,
        FlushBytesMax = 64 << 10,
        InstalledLog = Engine.InstalledLog,
    };

    internal static KeyValueStore NewStore() => new(new KeyValueOptions(SegmentBytes: 16 << 10, PoisonFreed: true));

    internal void Tune(DiskFaults disk, Prng chance)
    {
        disk.LatencyMinNanoseconds = 10 * Span.Microsecond;
        disk.LatencyMaxNanoseconds = chance.Between(20, 200) * Span.Microsecond;
        disk.SyncMinNanoseconds = 50 * Span.Microsecond;
        disk.SyncMaxNanoseconds = SyncMaxNanoseconds;
    }

    private static ReplicaOptions DrawReplica(Prng mix) => new()
    {
        CheckpointBytesMin = (16 << 10) << (int)mix.Below(7),
        CheckpointEntriesMin = 20 << (int)mix.Below(7),
        SnapshotPieceBytes = (int)mix.Below(3) switch { 0 => 1000, 1 => 16 << 10, _ => 256 << 10 },
        SnapshotPiecesMax = (int)mix.Between(1, 8),
        OpenProposalsMax = mix.Chance(1, 4) ? 100 : 1 << 17,
        ReadRoundsMax = (int)mix.Between(1, 4),
        ForwardCommandsMax = mix.Chance(1, 4) ? 3 : 4096,
        Core = new CoreOptions
        {
            LeaseReads = mix.Chance(1, 4),
            MessageEntriesMax = (int)mix.Below(4) switch { 0 => 1, 1 => 7, 2 => 64, _ => 1024 },
            MessageBytesMax = mix.Chance(1, 4) ? 2000 : 1 << 20,
            InflightMessagesMax = mix.Chance(1, 3) ? 2 : 256,
            InflightBytesMax = mix.Chance(1, 4) ? 8 << 10 : 16 << 20,
            UndecidedEntriesMax = mix.Chance(1, 4) ? 200 : 100_000,
            ApplyEntriesMax = mix.Chance(1, 4) ? 10 : 20_000,
            WindowBytesMax = mix.Chance(1, 3) ? 16 << 10 : 4 << 20,
            CatchUpEntries = 10 << (int)mix.Below(9),
        },
    };
}
