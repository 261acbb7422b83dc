using System.Runtime.InteropServices;
using Quorate.Consensus;
using Quorate.Platform;
using Quorate.Replica;
using Quorate.Transport;

namespace Quorate.Hosting;

/// <summary>The time of a node in ticks, a tenth of a heartbeat each, counted from its start.</summary>
internal sealed class TickClock(IClock clock, long tickNanoseconds)
{
    private readonly long start = clock.NowNanoseconds;

    public Tick Now => new((clock.NowNanoseconds - start) / tickNanoseconds);

    /// <summary>Nanoseconds until a tick begins; 0 when it has.</summary>
    public long Until(Tick tick)
    {
        if (tick == Tick.Never)
            return long.MaxValue;
        return Math.Max(0, start + checked(tick.Value * tickNanoseconds) - clock.NowNanoseconds);
    }
}

/// <summary>
/// The loop's thread: sleeps in the transport until a socket, another thread or the time wants something, gathers everything that has
/// arrived, and steps the replica once with all of it.
/// </summary>
internal sealed class LoopThread : IPeerEvents
{
    private const int HeartbeatTicks = 10;

    private readonly TickClock time;
    private readonly LoopInbox inbox;
    private readonly NodeCallers callers;
    private readonly ProposalBatch proposals;
    private readonly StatusBoard board;
    private readonly Action<string, Exception?> fail;
    private readonly Thread thread;
    private readonly List<ReplicaEvent> arrived = [];
    private List<ReplicaEvent> taken = [];
    private PeerTransport? transport;
    private ReplicaLoop? loop;
    private volatile bool stopping;

    public LoopThread(
        TickClock time, LoopInbox inbox, NodeCallers callers, ProposalBatch proposals, StatusBoard board, Action<string, Exception?> fail)
    {
        this.time = time;
        this.inbox = inbox;
        this.callers = callers;
        this.proposals = proposals;
        this.board = board;
        this.fail = fail;
        thread = new Thread(Run) { IsBackground = true, Name = "quorate-loop" };
    }

    /// <summary>Starts to step.</summary>
    public void Start(ReplicaLoop replica, PeerTransport peers)
    {
        loop = replica;
        transport = peers;
        thread.Start();
    }

    /// <summary>Ends the thread after the step under way.</summary>
    public void Stop()
    {
        stopping = true;
        transport?.Wake();
        // The state is a set of flags: a thread that was never started is in the background too.
        if ((thread.ThreadState & ThreadState.Unstarted) == 0)
            thread.Join();
    }

    /// <inheritdoc/>
    bool IPeerEvents.Received(NodeId from, InstanceId instance, in Payload frame)
    {
        if (!ReplicaLoop.IsFrame(frame))
            return false;
        frame.Retain();
        arrived.Add(ReplicaEvent.Frame(from, instance, frame));
        return true;
    }

    /// <inheritdoc/>
    bool IPeerEvents.SnapshotReceived(NodeId from, InstanceId instance, in Payload frame)
    {
        if (!ReplicaLoop.IsFrame(frame))
            return false;
        frame.Retain();
        arrived.Add(ReplicaEvent.SnapshotFrame(from, instance, frame));
        return true;
    }

    /// <inheritdoc/>
    void IPeerEvents.RejoinAsked(NodeId member, InstanceId instance) => arrived.Add(ReplicaEvent.RejoinAsked(member, instance));

    /// <inheritdoc/>
    void IPeerEvents.SnapshotRoom(NodeId to) => arrived.Add(ReplicaEvent.SnapshotRoom(to));

    /// <inheritdoc/>
    void IPeerEvents.SnapshotBroken(NodeId to) => arrived.Add(ReplicaEvent.SnapshotBroken(to));

    private void Run()
    {
        try
        {
            while (!stopping)
            {
                transport!.Poll(Patience());
                Gather();
                loop!.Step(time.Now, CollectionsMarshal.AsSpan(arrived));
                arrived.Clear();
                proposals.Clear();
                board.Publish(loop, time.Now);
            }
        }
        catch (Exception broken)
        {
            fail(broken.Message, broken); // outermost frame of this thread: the node stops
        }
    }

    /// <summary>
    /// Nanoseconds to sleep at most. What apply has done is looked at with whatever comes next, and after a heartbeat at the latest: one wake less for
    /// each command of a lightly loaded member.
    /// </summary>
    private long Patience()
    {
        ReplicaLoop replica = loop!;
        long patience = time.Until(replica.NextWake);
        if (!inbox.FallAsleep(replica.AwaitsApplied))
            return 0;
        return replica.IsApplying ? Math.Min(patience, time.Until(time.Now + HeartbeatTicks)) : patience;
    }

    private void Gather()
    {
        inbox.Take(ref taken);
        arrived.AddRange(taken);
        taken.Clear();
        callers.Proposals.Take(proposals);
        if (proposals.Count > 0)
            arrived.Add(ReplicaEvent.Proposals(proposals));
        ulong read = callers.Reads.Take();
        if (read != 0)
            arrived.Add(ReplicaEvent.Read(read));
    }
}
