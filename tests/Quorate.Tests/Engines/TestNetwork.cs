using Quorate.Consensus;
using Quorate.Raft;
using Xunit;

namespace Quorate.Tests.Engines;

/// <summary>Members on one thread, the messages between them, and what must hold at every moment.</summary>
internal sealed class TestNetwork(CoreOptions options, IConsensusEngine? engine = null)
{
    private readonly BlockPool pool = new(keptBytesMax: 0);
    private readonly List<Block> blocks = [];
    private readonly Dictionary<UInt128, NodeId> leaders = [];
    private readonly List<(Epoch Epoch, EntryKind Kind, byte[] Bytes)> decided = [];

    /// <summary>Whose cores they are; Raft's unless said.</summary>
    public IConsensusEngine Engine { get; } = engine ?? new RaftEngine();

    public bool IsRaft => Engine.Name == "raft";

    public BlockPool Pool => pool;

    public Tick Now { get; set; } = new(1000);

    public List<TestMember> Members { get; } = [];

    /// <summary>Those whose disks were wiped. What they held was durable: their loss is what a quorum is for.</summary>
    public List<TestMember> Lost { get; } = [];

    /// <summary>Messages on their way, in the order of sending.</summary>
    public List<(TestMember From, NodeId To, byte[] Frame)> Messages { get; } = [];

    /// <summary>Links that carry nothing.</summary>
    public HashSet<(NodeId From, NodeId To)> Cut { get; } = [];

    /// <summary>Links on which everything is late: it is delivered by hand, or once the link is none of these any more.</summary>
    public HashSet<(NodeId From, NodeId To)> Late { get; } = [];

    /// <summary>The last entry that any member was told is decided.</summary>
    public LogIndex LastDecided => new((ulong)decided.Count);

    public TestMember this[ulong id] => Members.Single(member => member.Id.Value == id);

    public TestMember? Leader => Members.Where(member => member.IsLeader).MaxBy(member => member.Core.Status.Epoch);

    /// <summary>Adds members 1 to <paramref name="size"/> under the static first configuration, its instances open.</summary>
    public TestNetwork WithMembers(int size, bool open = true)
    {
        var first = new Configuration(
            Enumerable.Range(1, size).Select(i => new Member(
                new NodeId((ulong)i), open ? InstanceId.Open : new InstanceId(100 + (ulong)i), MemberRole.Voter, default)),
            []);
        for (int i = 1; i <= size; i++)
            Add((ulong)i, first);
        return this;
    }

    public TestMember Add(ulong id, Configuration first, ulong instance = 0)
    {
        var member = new TestMember(new NodeId(id), new InstanceId(instance == 0 ? 100 + id : instance), first, options, this);
        Members.Add(member);
        return member;
    }

    /// <summary>The same member on an empty disk, with the configuration that it was first started with.</summary>
    public TestMember Wipe(TestMember member)
    {
        if (member.Up)
            member.Crash(0);
        Members.Remove(member);
        Lost.Add(member);
        return Add(member.Id.Value, member.First, instance: 900 + (ulong)Lost.Count);
    }

    public Payload Copy(byte[] bytes)
    {
        Payload payload = Payload.Copy(pool, bytes);
        if (payload.Block is { } block)
            blocks.Add(block);
        return payload;
    }

    public void Send(TestMember from, NodeId to, byte[] frame)
    {
        if (!Cut.Contains((from.Id, to)))
            Messages.Add((from, to, frame));
    }

    public void Deliver(int at, bool keep = false)
    {
        (TestMember from, NodeId to, byte[] frame) = Messages[at];
        if (!keep)
            Messages.RemoveAt(at);
        if (Members.LastOrDefault(member => member.Id == to) is { Up: true } target && !Cut.Contains((from.Id, to)))
            target.Receive(from.Id, from.Instance, frame);
    }

    /// <summary>Delivers and syncs everything until nothing moves.</summary>
    public void Settle()
    {
        for (int i = 0; i < 100_000; i++)
        {
            if (!MoveOnce())
                return;
        }

        Assert.Fail("the network does not settle");
    }

    /// <summary>Time passes, everything settling at each tick at which somebody must be woken.</summary>
    public void Run(long ticks)
    {
        Tick end = Now + ticks;
        while (Now < end)
        {
            Tick wake = Members.Where(member => member.Up).Select(member => member.Core.NextWake).Append(end).Min();
            Now = wake < Now.Next() ? Now.Next() : wake < end ? wake : end;
            foreach (TestMember member in Members.Where(member => member.Up))
                member.Do(core => core.Advance(Now));
            Settle();
        }
    }

    /// <summary>Runs until there is a leader that all know.</summary>
    public TestMember Elect()
    {
        for (int i = 0; i < 100; i++)
        {
            Settle();
            if (Leader is { } leader && Members.All(member => !member.Up || member.Core.Status.Leader == leader.Id))
                return leader;
            Run(10);
        }

        throw new InvalidOperationException("no leader");
    }

    /// <summary>Runs up to the moment of an election: what the leader sends first is still on its way.</summary>
    public TestMember ElectAndStop()
    {
        for (int i = 0; i < 100_000 && Leader is null; i++)
        {
            foreach (TestMember member in Members.Where(member => member.Disk.PendingCount > 0))
                member.Sync(member.Disk.PendingCount);
            if (Messages.Count > 0)
            {
                Deliver(0);
                continue;
            }

            Now += 1;
            foreach (TestMember member in Members)
                member.Do(core => core.Advance(Now));
        }

        return Leader!;
    }

    /// <summary>Isolates a member in both directions.</summary>
    public void Isolate(NodeId id)
    {
        foreach (TestMember other in Members)
        {
            Cut.Add((id, other.Id));
            Cut.Add((other.Id, id));
        }
    }

    public void Decided(TestMember member, in Entry entry)
    {
        int at = (int)entry.Index.Value - 1;
        if (at == decided.Count)
        {
            decided.Add((entry.Epoch, entry.Kind, entry.Payload.Span.ToArray()));
            CheckDurableOnQuorum(member, entry);
        }

        // State Machine Safety (§5.4.3): no other entry is ever decided at that place.
        Assert.True(at < decided.Count);
        Assert.Equal(decided[at].Kind, entry.Kind);
        if (IsRaft)
            Assert.Equal(decided[at].Epoch, entry.Epoch); // Paxos may accept one value again under a higher ballot
        Assert.True(decided[at].Bytes.AsSpan().SequenceEqual(entry.Payload.Span));
    }

    public void Observe(TestMember member)
    {
        if (!member.IsLeader)
            return;
        CoreStatus status = member.Core.Status;
        if (leaders.TryGetValue(status.Epoch.Value, out NodeId known))
        {
            Assert.Equal(known, member.Id); // Election Safety (§5.2)
            return;
        }

        leaders[status.Epoch.Value] = member.Id;
        for (int i = 0; IsRaft && i < decided.Count; i++) // Leader Completeness (§5.4)
            Assert.True(member.Disk.Written.Holds(new LogIndex((ulong)i + 1), decided[i].Epoch));
    }

    /// <summary>Log Matching (§5.3): two logs that hold an entry of the same index and term agree in everything before it.</summary>
    public void CheckLogMatching()
    {
        foreach (TestMember a in Members)
        {
            foreach (TestMember b in Members)
            {
                bool agrees = false;
                foreach ((ulong index, StoredEntry entry) in a.Disk.Written.Entries.Reverse())
                {
                    // What a checkpoint covers may lie on the disk still and mean nothing any more.
                    bool covered = index <= a.Disk.Written.Checkpoint.Index.Value || index <= b.Disk.Written.Checkpoint.Index.Value;
                    if (covered || !b.Disk.Written.Entries.TryGetValue(index, out StoredEntry? other))
                        continue;
                    agrees |= entry.Epoch == other.Epoch;
                    if (agrees)
                    {
                        Assert.Equal(entry.Epoch, other.Epoch);
                        Assert.Equal(entry.Bytes, other.Bytes);
                    }
                }
            }
        }
    }

    /// <summary>Every core gone, every block is back in its pool.</summary>
    public void CheckBlocksReturned()
    {
        foreach (TestMember member in Members.Where(member => member.Up))
            member.Crash(0);
        Assert.All(blocks, block => Assert.Equal(0, block.References));
    }

    private bool MoveOnce()
    {
        bool moved = false;
        foreach (TestMember member in Members.Where(member => member.Up))
        {
            if (member.Disk.PendingCount > 0)
            {
                member.Sync(member.Disk.PendingCount);
                moved = true;
            }

            while (member.Loads.Count > 0)
                member.AnswerLoad();
            while (member.Snapshots.Count > 0)
                CarrySnapshot(member);
        }

        int next = Messages.FindIndex(message => !Late.Contains((message.From.Id, message.To)));
        if (next < 0)
            return moved;
        Deliver(next);
        return true;
    }

    /// <summary>Takes the first snapshot that a member was asked for to whom it is for.</summary>
    public void CarrySnapshot(TestMember from)
    {
        SnapshotRequest request = from.Snapshots[0];
        from.Snapshots.RemoveAt(0);
        SnapshotInfo info = from.Disk.Durable.Checkpoint;
        Assert.True(info.Index >= request.AtLeast);
        bool delivered = !Cut.Contains((from.Id, request.To)) && Members.LastOrDefault(m => m.Id == request.To) is { Up: true };
        if (delivered)
            Members.Last(member => member.Id == request.To).Install(info);
        from.Do(core => core.SnapshotSent(request.To, info.Index, delivered));
    }

    // Decided means durable on a quorum of the configuration in force where it was decided.
    private void CheckDurableOnQuorum(TestMember member, Entry entry)
    {
        Configuration configuration = member.Core.Configuration;
        if (Members.Any(other => other.Up && !other.Core.Configuration.Equals(configuration)))
            return; // under which of them it was decided is not seen from here
        if (!IsRaft)
        {
            bool outgoing = configuration.IsJoint && entry.Index < configuration.From;
            ReadOnlySpan<Member> half = (outgoing ? configuration.Outgoing : configuration.Voters).AsSpan();
            Assert.True(CountDurable(half, entry) >= options.Quorums.Phase2Of(half.Length), $"{entry.Index} is decided and not durable on a quorum of {configuration}");
            return;
        }

        Assert.True(Majority(configuration.Voters.AsSpan(), entry), $"{entry.Index} is decided and not durable on a quorum of {configuration}");
        if (configuration.IsJoint)
            Assert.True(Majority(configuration.Outgoing.AsSpan(), entry));
    }

    private bool Majority(ReadOnlySpan<Member> half, Entry entry) => CountDurable(half, entry) > half.Length / 2;

    private int CountDurable(ReadOnlySpan<Member> half, Entry entry)
    {
        byte[] bytes = entry.Payload.Span.ToArray();
        int count = 0;
        foreach (Member voter in half)
        {
            if (Members.Concat(Lost).Any(m => voter.Is(m.Id, m.Instance) && (IsRaft ? m.Disk.Durable.Holds(entry.Index, entry.Epoch) : m.Disk.Durable.Holds(entry.Index, bytes))))
                count++;
        }

        return count;
    }
}

internal static class TickExtensions
{
    public static Tick Next(this Tick tick) => tick + 1;
}
