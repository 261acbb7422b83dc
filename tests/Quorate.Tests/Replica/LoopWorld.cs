using Quorate.Consensus;
using Quorate.Replica;
using Quorate.Simulation;

namespace Quorate.Tests.Replica;

/// <summary>A frame on its way.</summary>
internal sealed record TestFrame(NodeId From, InstanceId Instance, NodeId To, byte[] Bytes, bool Snapshot);

/// <summary>Members with a scripted core each, real storage on simulated disks, and a wire that the test can hold, repeat or drop.</summary>
internal sealed class LoopWorld
{
    public const long TickNanoseconds = 10_000_000;

    private readonly List<LoopMember> members = [];

    public LoopWorld(int size, ReplicaOptions? options = null)
    {
        Options = options ?? new ReplicaOptions();
        First = new Configuration(
            Enumerable.Range(1, size).Select(i => new Member(new NodeId((ulong)i), InstanceId.Open, MemberRole.Voter, default)), []);
        for (int i = 1; i <= size; i++)
            members.Add(new LoopMember(this, new NodeId((ulong)i), new DiskImage((ulong)i)));
        Run();
    }

    public VirtualTime Time { get; } = new();

    public ReplicaOptions Options { get; }

    public Configuration First { get; }

    public List<TestFrame> Wire { get; } = [];

    /// <summary>Every frame arrives twice.</summary>
    public bool Repeats { get; set; }

    /// <summary>Frames stay on the wire.</summary>
    public bool Holds { get; set; }

    public Tick Now => new(Time.NowNanoseconds / TickNanoseconds);

    public LoopMember this[int number] => members[number - 1];

    /// <summary>All follow this leader.</summary>
    public void Lead(int leader, ulong term)
    {
        foreach (LoopMember member in members)
            member.Core.Follow(new NodeId((ulong)leader), term);
    }

    /// <summary>The process ends; another one starts on its disk.</summary>
    public void Restart(int number)
    {
        LoopMember before = members[number - 1];
        before.Disk.Kill();
        members[number - 1] = new LoopMember(this, before.Id, before.Image);
        Run();
    }

    /// <summary>Until nothing moves: frames first, then loops, then disks.</summary>
    public void Run()
    {
        for (int turns = 0; turns < 1_000_000; turns++)
        {
            bool moved = Deliver();
            foreach (LoopMember member in members)
                moved |= member.Step();
            if (!moved && !Time.Step())
                return;
        }

        throw new InvalidOperationException("it goes round for ever");
    }

    /// <summary>Loops step with what they have; disks and frames stand still.</summary>
    public void StepLoops()
    {
        foreach (LoopMember member in members)
            member.Step();
    }

    /// <summary>Time passes.</summary>
    public void Pass(long ticks)
    {
        Time.RunUntil(Time.NowNanoseconds + (ticks * TickNanoseconds));
        foreach (LoopMember member in members)
            member.Step(always: true);
        Run();
    }

    /// <summary>Hands a frame over.</summary>
    public void Deliver(TestFrame frame)
    {
        LoopMember to = members.Single(m => m.Id == frame.To);
        Payload bytes = Payload.Copy(to.Pool, frame.Bytes);
        to.Arrived.Add(frame.Snapshot
            ? ReplicaEvent.SnapshotFrame(frame.From, frame.Instance, bytes)
            : ReplicaEvent.Frame(frame.From, frame.Instance, bytes));
    }

    private bool Deliver()
    {
        if (Holds || Wire.Count == 0)
            return false;
        TestFrame[] frames = [.. Wire];
        Wire.Clear();
        foreach (TestFrame frame in frames)
        {
            Deliver(frame);
            if (Repeats)
                Deliver(frame);
        }

        return true;
    }
}
