using Quorate.Checkers;
using Quorate.Consensus;
using Quorate.Storage;

namespace Quorate.Simulation;

/// <summary>How a machine fares.</summary>
internal enum MemberState : byte
{
    /// <summary>Its process runs, or starts.</summary>
    Up,

    /// <summary>Its process ended; it will be started again.</summary>
    Down,

    /// <summary>It stopped by design for a damaged disk: only the operator can help.</summary>
    Lost,

    /// <summary>It left the group for good.</summary>
    Retired,
}

/// <summary>A machine: its disk, its clock, and the process that runs on it, one after another. Owner: its world.</summary>
internal sealed class Machine : IEndpoint
{
    private const int FramesWhilePausedMax = 2000;
    private const int FutileStartsMax = 6;

    private readonly List<string> damagedFiles = [];
    private int framesWhilePaused;
    private int futileStarts;
    private int damagedAtStart;
    private int life;
    private bool isOff;

    public Machine(World world, NodeId id, Configuration first)
    {
        World = world;
        Id = id;
        First = first;
        Image = new DiskImage(world.Streams.SeedOf(StreamKind.Disk, (long)id.Value));
        Clock = new SimulatedClock(world.Time, world.Streams.Of(StreamKind.Process, (long)id.Value).Between(0, 1000) * Span.Second);
        Clock.Jump(0);
        world.Options.Tune(DiskFaults, world.Streams.Of(StreamKind.Disk, -(long)id.Value));
        world.Network.Attach(id, this);
    }

    public World World { get; }

    public NodeId Id { get; }

    /// <summary>The configuration that a directory made on its disk begins with.</summary>
    public Configuration First { get; private set; }

    public DiskImage Image { get; private set; }

    public DiskFaults DiskFaults { get; } = new();

    public SimulatedClock Clock { get; }

    public MemberProcess? Process { get; private set; }

    public SimulatedPeers? Peers { get; set; }

    public MemberState State { get; private set; } = MemberState.Down;

    /// <summary>What was durable on its disk may be gone. A start that reads all of it and finds nothing wrong ends it.</summary>
    public bool Damaged { get; private set; }

    /// <summary>This disk was damaged once: it may be found at any time.</summary>
    public bool EverDamaged { get; private set; }

    /// <summary>A snapshot is on its way to it.</summary>
    public bool InSnapshot { get; set; }

    /// <summary>Grows with each step of a snapshot that it receives or puts in place.</summary>
    public long SnapshotSteps { get; set; }

    /// <summary>A decided configuration named it.</summary>
    public bool WasMember { get; set; }

    /// <summary>How often it was started.</summary>
    public int Starts { get; private set; }

    public InstanceId Instance { get; private set; }

    public int Life => life;

    public InstanceAdmission? Instances => Peers?.Instances;

    /// <summary>This life of its disk, also while its process is down.</summary>
    public InstanceId LastInstance { get; private set; }

    public long PausedUntil { get; private set; }

    /// <summary>Its state machine applies nothing until then, after a restart neither; a start restores its checkpoint all the same.</summary>
    public long ApplyStalledUntil { get; private set; }

    /// <summary>Whether its state machine applies what is decided.</summary>
    public bool Applies => ApplyStalledUntil <= World.Time.NowNanoseconds;

    public bool IsPaused => PausedUntil > World.Time.NowNanoseconds;

    public Tick TickNow => new(Clock.NowNanoseconds / World.Options.TickNanoseconds);

    public bool IsRunning => Process is { Running: true };

    /// <summary>Whether its process runs, on a clock that goes right.</summary>
    public bool IsWell => IsRunning && !IsPaused && Clock.RatePerMillion == 1_000_000;

    /// <summary>Whether its disk is as fast as ever, and has room.</summary>
    public bool IsDiskWell =>
        !IsFull
        && DiskFaults.StalledUntilNanoseconds <= World.Time.NowNanoseconds
        && DiskFaults.SyncMaxNanoseconds <= World.Options.SyncMaxNanoseconds
        && DiskFaults.NamesMaxNanoseconds == 0;

    public CoreStatus? Status => IsRunning ? Process!.Core!.Status : null;

    /// <summary>This machine as a configuration names it.</summary>
    public Consensus.Member As(MemberRole role) => new(Id, LastInstance, role, ReadOnlyMemory<byte>.Empty);

    public long NotPaused(long at) => Math.Max(at, PausedUntil);

    public long VirtualAt(Tick tick) => Clock.VirtualAt(tick.Value * World.Options.TickNanoseconds);

    /// <summary>A process is started on the disk as it is.</summary>
    public void Start()
    {
        if (State is MemberState.Retired or MemberState.Lost || Process is not null || isOff)
            return;
        State = MemberState.Up;
        life++;
        Starts++;
        PausedUntil = 0;
        framesWhilePaused = 0;
        World.Note(Id, "start");
        Process = new MemberProcess(this, World.Options, World.Streams.SeedOf(StreamKind.Process, (long)Id.Value << 32 | (uint)Starts));
        Process.Start();
    }

    /// <summary>A process is started later, unless it has been by then.</summary>
    public void StartAfter(long nanoseconds)
    {
        int now = life;
        World.After(nanoseconds, () =>
        {
            if (life == now)
                Start();
        });
    }

    /// <summary>The process is killed; with the power its unsynced writes go too.</summary>
    public void Kill(bool power)
    {
        if (State is MemberState.Retired or MemberState.Lost)
            return;
        EndProcess(power ? "power loss" : "killed", power);
        if (power)
            Image.PowerCut();
        State = MemberState.Down;
    }

    /// <summary>As <see cref="Kill"/>, and nobody starts it again before <see cref="SwitchOn"/>.</summary>
    public void SwitchOff(bool power)
    {
        Kill(power);
        isOff = true;
    }

    /// <summary>It may be started again.</summary>
    public void SwitchOn() => isOff = false;

    /// <summary>The process stands still for a while.</summary>
    public void Pause(long nanoseconds)
    {
        PausedUntil = World.Time.NowNanoseconds + nanoseconds;
        DiskFaults.StalledUntilNanoseconds = Math.Max(DiskFaults.StalledUntilNanoseconds, PausedUntil);
    }

    /// <summary>The state machine applies nothing for a while, until the heal at most.</summary>
    public void StallApply(long nanoseconds) =>
        ApplyStalledUntil = Math.Max(ApplyStalledUntil, Math.Min(World.Time.NowNanoseconds + nanoseconds, World.Options.FaultNanoseconds));

    /// <summary>Another disk is put in, empty; the member knows nobody.</summary>
    public void Wipe()
    {
        EndProcess("disk replaced");
        Image = new DiskImage(World.Streams.SeedOf(StreamKind.Disk, (long)Id.Value << 32 | (uint)Starts));
        First = Configuration.Empty;
        LastInstance = default;
        Damaged = EverDamaged = false;
        damagedFiles.Clear();
        futileStarts = 0;
        State = MemberState.Down;
    }

    /// <summary>Something durable on its disk is damaged.</summary>
    public void Damage(string path)
    {
        Damaged = EverDamaged = true;
        damagedFiles.Add(path);
        damagedAtStart = Starts;
    }

    /// <summary>It has read checkpoint and log.</summary>
    public void Recovered()
    {
        if (Starts > damagedAtStart)
            Damaged = false;
    }

    /// <summary>The disk is gone, and the process with it.</summary>
    public void LoseDisk()
    {
        Damage("");
        EndProcess("disk lost");
        State = MemberState.Lost;
    }

    /// <summary>It leaves for good.</summary>
    public void Retire()
    {
        EndProcess("retired");
        State = MemberState.Retired;
    }

    /// <summary>The directory is open.</summary>
    public void Opened(InstanceId instance)
    {
        Instance = LastInstance = instance;
        World.Enter(this);
    }

    /// <summary>The directory was refused.</summary>
    public void Refused(StorageRefusedException why)
    {
        Stopped($"refused ({why.Kind}): {why.Message}", why.Kind switch
        {
            StorageRefusal.Damaged => EverDamaged,
            StorageRefusal.Device => HadFaults || EverDamaged, // a file may be gone between being listed and being opened
            StorageRefusal.Full => IsFull,
            _ => false,
        });
        if (why.Kind == StorageRefusal.Damaged || (why.Kind == StorageRefusal.Device && IsFutile()))
            Lose();
        else
            ComeBack();
    }

    /// <summary>The process stopped by itself.</summary>
    public void Failed(string cause)
    {
        Stopped(cause, EverDamaged || HadFaults); // a full disk is no reason: it refuses what it cannot take
        if (IsFutile())
            Lose();
        else
            ComeBack();
    }

    /// <summary>The run is over: its memory is given back.</summary>
    public void Discard()
    {
        Process?.Dispose();
        Process = null;
    }

    void IEndpoint.Arrived(NodeId from, InstanceId instance, ReadOnlySpan<byte> frame, bool snapshot)
    {
        if (Process is not { } process || Peers is null)
            return;
        if (IsPaused && ++framesWhilePaused > FramesWhilePausedMax)
            return;
        if (!IsPaused)
            framesWhilePaused = 0;
        Block block = process.Driver.Pool.Rent(frame.Length);
        frame.CopyTo(block.Bytes);
        var payload = new Payload(block, 0, frame.Length, 0);
        process.Driver.Post(snapshot
            ? Replica.ReplicaEvent.SnapshotFrame(from, instance, payload)
            : Replica.ReplicaEvent.Frame(from, instance, payload));
    }

    void IEndpoint.SnapshotRoom(NodeId to) => Process?.Driver.Post(Replica.ReplicaEvent.SnapshotRoom(to));

    void IEndpoint.SnapshotBroken(NodeId to) => Process?.Driver.Post(Replica.ReplicaEvent.SnapshotBroken(to));

    // The operator looks after a member that a damaged disk stops again and again.
    private bool IsFutile() => EverDamaged && !HadFaults && ++futileStarts > FutileStartsMax;

    private bool HadFaults => Process is { } process && DiskFaults.Failed > process.FaultsAtStart;

    private bool IsFull => Image.CapacityBytes != long.MaxValue;

    private void Stopped(string cause, bool byDesign)
    {
        World.Note(Id, $"stops: {cause}");
        CheckFailedException.Unless(
            byDesign && cause.Length > 0, Promise.StopsByDesign, $"member {Id} stops though nothing was done to it that should stop it: {cause}");
        CheckFailedException.Unless(
            HadFaults || IsFull || damagedFiles.Concat(Image.UnreadablePaths()).Any(path => cause.Contains(path, StringComparison.Ordinal)),
            Promise.StopsByDesign,
            $"member {Id} stops for a damaged disk and does not name what is damaged ({string.Join(", ", damagedFiles)}): {cause}");
        Process!.Driver.Stop();
    }

    private void Lose()
    {
        State = MemberState.Lost;
        int now = life;
        World.After(0, () =>
        {
            if (life == now)
                EndProcess("lost");
        });
    }

    /// <summary>A supervisor starts it again.</summary>
    private void ComeBack()
    {
        State = MemberState.Down;
        int now = life;
        World.After(0, () =>
        {
            if (life == now)
                EndProcess("stopped");
        });
        World.After(World.Options.SupervisorNanoseconds, () =>
        {
            if (life == now)
                Start();
        });
    }

    private void EndProcess(string how, bool power = false)
    {
        if (Process is null)
            return;
        World.Note(Id, how);
        MemberProcess ended = Process;
        Process = null;
        Peers = null;
        Instance = default;
        InSnapshot = false;
        ended.Kill(power);
    }
}
