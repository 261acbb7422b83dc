using System.Runtime.InteropServices;
using Quorate.Consensus;
using Quorate.Replica;
using Quorate.Storage;

namespace Quorate.Simulation;

/// <summary>
/// What the threads of a host do, on virtual time: hands the loop what has arrived, some microseconds later and all at once, wakes it when
/// it asked for it, and carries apply work out behind it. A paused process does none of it until it is resumed. Owner: its world.
/// </summary>
internal sealed class LoopDriver : IDisposable
{
    private readonly MemberProcess process;
    private readonly Machine member;
    private readonly Prng chance;
    private readonly VirtualTime time;
    private readonly Turn turn;
    private readonly ApplyContext apply;
    private List<ReplicaEvent> inbox = [];
    private List<ReplicaEvent> taken = [];
    private Tick wakeScheduled = Tick.Never;
    private long wakeGeneration;
    private bool turnScheduled;
    private bool stopped;
    private bool idleScheduled;
    private bool hasRoom = true;
    private long busyAt;

    public LoopDriver(MemberProcess process, Machine member, Prng chance)
    {
        this.process = process;
        this.member = member;
        this.chance = chance;
        time = member.World.Time;
        turn = new Turn(this);
        apply = new ApplyContext(this);
    }

    public ReplicaLoop? Loop { get; private set; }

    public BlockPool Pool { get; } = new(1 << 20, pinned: false);

    /// <summary>Everything is there: the loop is made.</summary>
    public void Begin(
        ReplicaStart start, ReplicaOptions options, IConsensusCore core, IStorage storage, ProcessCallers callers, IReplicaObserver observer)
    {
        apply.Begin(process.Machine, callers);
        var peers = new SimulatedPeers(member, start.Instance);
        member.Peers = peers;
        Loop = new ReplicaLoop(start, options, core, storage.Log, storage.Checkpoints, peers, apply, callers, observer, Pool);
        ScheduleTurn();
    }

    /// <summary>Something has arrived for the loop.</summary>
    public void Post(in ReplicaEvent arrived)
    {
        if (stopped)
            return;
        inbox.Add(arrived);
        ScheduleTurn();
    }

    /// <summary>Callers have something in their batch.</summary>
    public void ScheduleTurn()
    {
        if (turnScheduled || stopped || Loop is null)
            return;
        turnScheduled = true;
        time.At(member.NotPaused(time.NowNanoseconds + chance.Between(2 * Span.Microsecond, 30 * Span.Microsecond)), turn, Turn.Now);
    }

    public void Stop() => stopped = true;

    public void Dispose() => apply.Dispose();

    private void TakeTurn()
    {
        turnScheduled = false;
        (inbox, taken) = (taken, inbox);
        process.Callers!.AddTo(taken);
        member.World.Enter(member);
        Loop!.Step(member.TickNow, CollectionsMarshal.AsSpan(taken));
        process.Callers!.Taken();
        taken.Clear();
        if (stopped)
            return;
        ScheduleWake();
    }

    private void ScheduleWake()
    {
        Tick wanted = Loop!.NextWake;
        if (wanted >= wakeScheduled || wanted == Tick.Never)
            return; // when the one scheduled fires it looks again
        wakeScheduled = wanted;
        wakeGeneration++;
        time.At(member.NotPaused(member.VirtualAt(wanted)), turn, Turn.Wake + wakeGeneration);
    }

    /// <summary>The clock was changed: the wake that was scheduled may be at a wrong time.</summary>
    public void ClockChanged()
    {
        if (Loop is null || stopped)
            return;
        wakeScheduled = Tick.Never;
        ScheduleWake();
    }

    private void Wake(long generation)
    {
        if (generation != wakeGeneration)
            return;
        wakeScheduled = Tick.Never;
        if (Loop!.NextWake <= member.TickNow)
            ScheduleTurnNow();
        else
            ScheduleWake();
    }

    private void ScheduleTurnNow()
    {
        if (turnScheduled)
            return;
        turnScheduled = true;
        time.At(member.NotPaused(time.NowNanoseconds), turn, Turn.Now);
    }

    /// <summary>The log had something to do: once it rests, it is told so.</summary>
    public void LogWasBusy(bool? room = null)
    {
        busyAt = time.NowNanoseconds;
        hasRoom = room ?? hasRoom;
        ScheduleIdle();
    }

    private void ScheduleIdle()
    {
        if (idleScheduled)
            return;
        idleScheduled = true;
        time.After(150 * Span.Millisecond, turn, Turn.Idle);
    }

    private void Idle()
    {
        idleScheduled = false;
        if (time.NowNanoseconds - busyAt < 100 * Span.Millisecond || member.IsPaused)
        {
            ScheduleIdle();
            return;
        }

        member.World.Enter(member);
        process.Storage!.Idle();
        if (!hasRoom)
            ScheduleIdle();
    }

    /// <summary>The loop's thread.</summary>
    private sealed class Turn(LoopDriver driver) : IScheduled
    {
        public const long Now = -1;
        public const long Idle = -2;
        public const long Wake = 0;

        public void Fire(long argument)
        {
            if (driver.stopped)
                return;
            if (argument != Idle && driver.member.IsPaused)
                driver.time.At(driver.member.NotPaused(driver.time.NowNanoseconds), this, argument);
            else if (argument == Now)
                driver.TakeTurn();
            else if (argument == Idle)
                driver.Idle();
            else
                driver.Wake(argument - Wake);
        }
    }

    /// <summary>The apply thread.</summary>
    private sealed class ApplyContext(LoopDriver driver) : IApplier, IApplyEvents, IScheduled, IDisposable
    {
        private readonly Queue<(Work Kind, object? Subject)> queue = new();
        private ApplyWork? work;
        private LogIndex restoredUpTo;
        private bool scheduled;

        private enum Work : byte
        {
            Apply,
            Capture,
            RestoreBegin,
            RestorePiece,
            RestoreEnd,
        }

        public void Begin(IStateMachine machine, ICallers callers) => work = new ApplyWork(machine, callers, this);

        public void Dispose() => work?.Dispose();

        public void Submit(ApplyBatch batch) => Enqueue(Work.Apply, batch);

        public void Capture() => Enqueue(Work.Capture, null);

        public void RestoreBegin() => Enqueue(Work.RestoreBegin, null);

        public void RestorePiece(byte[] bytes) => Enqueue(Work.RestorePiece, bytes);

        public void RestoreEnd(LogIndex upTo) => Enqueue(Work.RestoreEnd, upTo);

        void IApplyEvents.Applied(ApplyBatch batch) => driver.Post(ReplicaEvent.Applied(batch));

        void IApplyEvents.Captured(ISnapshotSource source) => driver.Post(ReplicaEvent.Captured(source));

        void IApplyEvents.RestoreTaken()
        {
            driver.member.SnapshotSteps++;
            driver.Post(ReplicaEvent.RestoreTaken());
        }

        void IApplyEvents.Restored()
        {
            driver.process.Machine.Restored(restoredUpTo);
            driver.Post(ReplicaEvent.Restored());
        }

        void IApplyEvents.ApplyFailed(string cause) => driver.member.Failed(cause);

        public void Fire(long argument)
        {
            if (driver.stopped)
                return;
            scheduled = false;
            if (driver.member.IsPaused || !driver.member.Applies)
            {
                Schedule();
                return;
            }

            driver.member.World.Enter(driver.member);
            if (queue.TryDequeue(out (Work Kind, object? Subject) next))
                CarryOut(next);
            // As the apply thread: what earlier commands left to do is done while nothing waits.
            if (queue.Count > 0 || work!.Idle())
                Schedule();
        }

        private void CarryOut((Work Kind, object? Subject) item)
        {
            switch (item.Kind)
            {
                case Work.Apply:
                    work!.Apply((ApplyBatch)item.Subject!);
                    break;
                case Work.Capture:
                    work!.Capture();
                    break;
                case Work.RestoreBegin:
                    work!.RestoreBegin();
                    break;
                case Work.RestorePiece:
                    work!.RestorePiece((byte[])item.Subject!);
                    break;
                case Work.RestoreEnd:
                    restoredUpTo = (LogIndex)item.Subject!;
                    work!.RestoreEnd(restoredUpTo);
                    break;
            }
        }

        private void Enqueue(Work kind, object? subject)
        {
            queue.Enqueue((kind, subject));
            if (!scheduled)
                Schedule();
        }

        private void Schedule()
        {
            scheduled = true;
            long delay = driver.chance.Between(1 * Span.Microsecond, driver.member.World.Options.ApplyDelayMaxNanoseconds);
            driver.time.At(Math.Max(driver.member.NotPaused(driver.time.NowNanoseconds + delay), driver.member.ApplyStalledUntil), this);
        }
    }
}
