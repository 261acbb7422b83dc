using Quorate.Consensus;
using Quorate.Storage;

namespace Quorate.Replica;

/// <summary>
/// The one loop: batch, step, persist, send, apply, answer. It runs any <see cref="IStateMachine"/> on any <see cref="IConsensusCore"/> and owns
/// no thread, task, queue of events, clock or lock: whoever calls <see cref="Step"/> is its thread.
/// </summary>
/// <remarks>
/// At start the host has restored the state machine from <see cref="ReplicaStart.Checkpoint"/>; the log's records follow as
/// <see cref="ReplicaEvent.Recovered"/>, then <see cref="ReplicaEvent.RecoveryEnded"/>. Until then callers wait and frames are dropped.
/// </remarks>
public sealed class ReplicaLoop
{
    // A step's own outputs can make room for what waits (a read round that ends, a leader that appears); more than this goes to the next step.
    private const int PassesMax = 4;

    private readonly LoopContext context;
    private readonly IConsensusCore core;
    private readonly Outbox outbox;
    private readonly LogVolume volume = new();
    private readonly LogWriter log;
    private readonly ApplyQueue apply;
    private readonly StallWatch stall;
    private readonly CheckpointKeeper checkpoints;
    private readonly SnapshotSender sender;
    private readonly SnapshotReceiver receiver;
    private readonly SnapshotInstaller installer;
    private readonly Callers callers;
    private readonly FrameIntake frames;
    private readonly LoadedPayloads loaded;
    private NodeId leader;
    private Epoch epoch;

    /// <summary>A replica whose log is about to be given.</summary>
    public ReplicaLoop(
        ReplicaStart start,
        ReplicaOptions options,
        IConsensusCore core,
        ILog log,
        ICheckpoints checkpoints,
        IPeers peers,
        IApplier applier,
        ICallers callers,
        IReplicaObserver observer,
        BlockPool pool)
    {
        this.core = core;
        context = new LoopContext(start, options, core, log, checkpoints, applier, callers, observer, pool);
        outbox = new Outbox(start, peers, pool);
        this.log = new LogWriter(context, volume);
        this.callers = new Callers(context, outbox);
        apply = new ApplyQueue(context, this.callers.Proposals);
        stall = new StallWatch(context, this.log);
        this.checkpoints = new CheckpointKeeper(context, this.log, volume, apply);
        sender = new SnapshotSender(context, outbox);
        receiver = new SnapshotReceiver(context, outbox);
        installer = new SnapshotInstaller(context, this.log, apply, this.callers.Ids);
        frames = new FrameIntake(context, outbox, this.callers, sender, receiver, apply);
        loaded = new LoadedPayloads(pool);
        core.Begin(new CoreStart(start.Now, start.Self, start.Instance, start.HardState, start.Checkpoint, start.Seed));
    }

    /// <summary>When <see cref="Step"/> must be called next though nothing has arrived.</summary>
    public Tick NextWake
    {
        get
        {
            Tick wake = callers.NextWake;
            if (!context.Running)
                return wake;
            wake = Tick.Min(wake, core.NextWake);
            wake = Tick.Min(wake, stall.NextWake);
            return Tick.Min(wake, sender.NextWake);
        }
    }

    /// <summary>For observers.</summary>
    public ReplicaStatus Status => new(
        context.Running ? StartState.Running : StartState.Recovering,
        core.Status,
        apply.Applied,
        checkpoints.Latest,
        core.Configuration,
        callers.Proposals.Count,
        callers.Reads.Count);

    /// <summary>The configuration in force.</summary>
    public Configuration Configuration => core.Configuration;

    /// <summary>The core's own part of it.</summary>
    public CoreStatus CoreStatus => core.Status;

    /// <summary>On a leader: how far each member is, by id. A new array each time.</summary>
    public MemberProgress[] Progress() => context.Running ? core.Progress() : [];

    /// <summary>Whether batches are with the state machine that it has not told of.</summary>
    public bool IsApplying => apply.SubmittedIndex > apply.Applied;

    /// <summary>Whether somebody waits to hear what is applied: readers, or a core that must not hand out much more.</summary>
    public bool AwaitsApplied => callers.Reads.AwaitApplied || apply.IsBehind;

    /// <summary>Messages that wait for a log write to be durable.</summary>
    public int MessagesHeld => outbox.HeldCount;

    /// <summary>Whether bytes are a frame of this protocol, as far as its first bytes tell: a link that brings others should be dropped.</summary>
    public static bool IsFrame(in Payload frame) => Envelope.TryRead(frame.Span, out _);

    /// <summary>Takes the time, then what has arrived, in order, and issues what follows to the collaborators.</summary>
    public void Step(Tick now, ReadOnlySpan<ReplicaEvent> events)
    {
        context.BeginStep(now);
        if (context.Running)
            core.Advance(now);
        foreach (ref readonly ReplicaEvent arrived in events)
            Take(arrived);

        callers.Expire();
        if (context.Running)
        {
            sender.Expire();
            stall.Look();
            for (int pass = 0; pass < PassesMax; pass++)
            {
                callers.Flush();
                checkpoints.Begin();
                if (core.Output.IsEmpty)
                    break;
                CarryOut(core.Output);
            }
        }

        frames.ReleaseTaken();
        loaded.ReleaseTaken();
        outbox.Flush();
    }

    private void Take(in ReplicaEvent arrived)
    {
        switch (arrived.Kind)
        {
            case ReplicaEventKind.Frame or ReplicaEventKind.SnapshotFrame:
                frames.Take(arrived);
                break;
            case ReplicaEventKind.Proposals or ReplicaEventKind.Read or ReplicaEventKind.Change or ReplicaEventKind.Transfer
                or ReplicaEventKind.RejoinAsked:
                callers.Take(arrived);
                break;
            case ReplicaEventKind.Campaign:
                if (context.Running)
                    core.Campaign();
                break;
            case ReplicaEventKind.Recovered or ReplicaEventKind.RecoveryEnded:
                TakeRecovery(arrived);
                break;
            case ReplicaEventKind.Applied or ReplicaEventKind.Captured or ReplicaEventKind.RestoreTaken or ReplicaEventKind.Restored:
                TakeApply(arrived);
                break;
            case ReplicaEventKind.LogWritten or ReplicaEventKind.LogDurable or ReplicaEventKind.LogLoaded
                or ReplicaEventKind.LogMissing or ReplicaEventKind.LogRoom:
                TakeLog(arrived);
                break;
            default:
                TakeCheckpoints(arrived);
                break;
        }
    }

    private void TakeRecovery(in ReplicaEvent arrived)
    {
        Invariant.Check(!context.Running);
        if (arrived.Kind == ReplicaEventKind.Recovered)
        {
            foreach (Entry entry in loaded.Take((LoadedEntries)arrived.Subject!))
            {
                volume.Add(entry.Index, entry.Payload.Length);
                core.Recover(entry);
            }

            return;
        }

        context.Running = true;
        core.Ready();
        core.Advance(context.Now);
        outbox.Connect(core.InForce);
        context.Notice(NoticeKind.Recovered, index: core.Status.Last);
        if (core.Configuration is { Voters.Length: > 1, HasOpenVoters: true } first)
            context.Notice(NoticeKind.AwaitsAllVoters, index: core.InForce.Index, cause: first.ToString());
    }

    private void TakeLog(in ReplicaEvent arrived)
    {
        switch (arrived.Kind)
        {
            case ReplicaEventKind.LogWritten:
                log.Written((LogBatch)arrived.Subject!);
                break;
            case ReplicaEventKind.LogDurable:
                BecameDurable(new WriteNumber(arrived.Number));
                break;
            case ReplicaEventKind.LogLoaded:
                core.EntriesLoaded(arrived.Number, loaded.Take((LoadedEntries)arrived.Subject!));
                break;
            case ReplicaEventKind.LogMissing:
                core.EntriesMissing(arrived.Number);
                break;
            default:
                context.DiskRoom(arrived.Number != 0);
                core.DiskHasRoom(context.DiskHasRoom);
                break;
        }
    }

    private void BecameDurable(WriteNumber upTo)
    {
        log.BecameDurable(upTo);
        core.WritesDurable(upTo);
        outbox.ReleaseUpTo(upTo);
        checkpoints.Write();
        BeginRestore();
    }

    private void BeginRestore()
    {
        if (installer.Begin() is not { } installed)
            return;
        checkpoints.Published(installed, receiver.LengthBytes);
        receiver.Installed();
    }

    private void TakeApply(in ReplicaEvent arrived)
    {
        switch (arrived.Kind)
        {
            case ReplicaEventKind.Applied:
                apply.BatchApplied((ApplyBatch)arrived.Subject!);
                callers.Reads.Applied(apply.Applied);
                break;
            case ReplicaEventKind.Captured:
                checkpoints.Captured((ISnapshotSource)arrived.Subject!);
                break;
            case ReplicaEventKind.RestoreTaken:
                installer.Taken();
                break;
            default:
                installer.Restored();
                callers.Reads.Applied(apply.Applied);
                BeginRestore();
                break;
        }
    }

    private void TakeCheckpoints(in ReplicaEvent arrived)
    {
        switch (arrived.Kind)
        {
            case ReplicaEventKind.CheckpointPublished:
                checkpoints.Published((SnapshotInfo)arrived.Subject!, (long)arrived.Number);
                break;
            case ReplicaEventKind.CheckpointGivenUp:
                checkpoints.GivenUp((string)arrived.Subject!);
                break;
            case ReplicaEventKind.SnapshotTaken:
                receiver.Taken((long)arrived.Number);
                break;
            case ReplicaEventKind.SnapshotReceived:
                receiver.Received((SnapshotInfo)arrived.Subject!);
                break;
            case ReplicaEventKind.SnapshotReceiveFailed:
                receiver.Failed((string)arrived.Subject!);
                break;
            case ReplicaEventKind.SnapshotRoom:
                sender.Room(new NodeId(arrived.Number));
                break;
            case ReplicaEventKind.SnapshotBroken:
                sender.Broken(new NodeId(arrived.Number));
                break;
            case ReplicaEventKind.ReaderOpened:
                TakeOpened(arrived.Number, (SnapshotInfo)arrived.Subject!, (long)arrived.Other);
                break;
            default:
                Invariant.Check(arrived.Kind == ReplicaEventKind.ReaderPiece);
                _ = sender.Piece(arrived.Number, (byte[])arrived.Subject!)
                    || installer.Piece(arrived.Number, (byte[])arrived.Subject!);
                break;
        }
    }

    private void TakeOpened(ulong reader, SnapshotInfo info, long lengthBytes) =>
        _ = sender.Opened(reader, info, lengthBytes) || installer.Opened(reader, info);

    /// <summary>Writes first, then messages, then the rest: a message that need not wait must not overtake the write it speaks of.</summary>
    private void CarryOut(CoreOutput output)
    {
        log.Write(output);
        foreach (LogWrite write in output.Writes)
        {
            if (write.Kind != LogWriteKind.Install)
                continue;
            callers.Proposals.SnapshotInstalled();
            installer.Install(write.Snapshot!, write.Number);
        }

        outbox.Send(output);
        // Not each of them: when an older one commits, the one in force stays.
        if (output.Configurations.Count > 0)
            outbox.Connect(core.InForce);
        foreach (ConfigurationInForce change in output.Configurations)
        {
            if (change.Committed)
                context.Notice(NoticeKind.ConfigurationChanged, index: change.Index, cause: change.Configuration.ToString());
        }

        NoticeLeader();
        apply.Submit(output.Decided);
        foreach (LoadRequest load in output.Loads)
            context.Log.Load(context.Group, load);
        foreach (ReadOutcome read in output.Reads)
            callers.ReadEnded(read, apply.Applied);
        foreach (ChangeOutcome change in output.Changes)
            callers.ChangeEnded(change);
        foreach (SnapshotRequest snapshot in output.Snapshots)
            sender.Begin(snapshot);
        if (output.DropUpTo is { } upTo)
            checkpoints.Drop(upTo);
        output.Clear();
    }

    private void NoticeLeader()
    {
        CoreStatus status = core.Status;
        if (status.Leader == leader && status.Epoch == epoch)
            return;
        (leader, epoch) = (status.Leader, status.Epoch);
        callers.LeaderChanged(epoch);
        context.Notice(NoticeKind.LeaderChanged, leader, status.Last);
    }
}
