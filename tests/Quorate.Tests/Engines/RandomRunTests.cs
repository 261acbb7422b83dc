using Quorate.Consensus;
using Quorate.Paxos.MultiPaxos;
using Quorate.Raft;
using Xunit;

namespace Quorate.Tests.Engines;

/// <summary>Short random runs: messages dropped, repeated and reordered, disks that lag, power cuts, leaders that change.</summary>
public sealed class RandomRunTests
{
    [Theory]
    [InlineData(1, 1000)]
    [InlineData(1_000_000, 1000)]
    [InlineData(2_000_000, 1000)]
    public void Raft_is_safe_under_random_faults_and_live_after_them(int first, int seeds) => Play(new RaftEngine(), first, seeds);

    [Theory]
    [InlineData(1, 1000)]
    [InlineData(1_000_000, 1000)]
    [InlineData(2_000_000, 1000)]
    public void Multi_Paxos_is_safe_under_random_faults_and_live_after_them(int first, int seeds) => Play(new MultiPaxosEngine(), first, seeds);

    [Theory]
    [InlineData(1, 1500)]
    public void Raft_loses_nothing_when_a_minority_of_disks_is_wiped_at_any_time(int first, int seeds) =>
        Play(new RaftEngine(), first, seeds, wipes: true);

    [Theory]
    [InlineData(1, 1500)]
    public void Multi_Paxos_loses_nothing_when_a_minority_of_disks_is_wiped_at_any_time(int first, int seeds) =>
        Play(new MultiPaxosEngine(), first, seeds, wipes: true);

    private static void Play(IConsensusEngine engine, int first, int seeds, bool wipes = false)
    {
        for (int seed = first; seed < first + seeds; seed++)
        {
            try
            {
                new RandomRun(engine, (ulong)seed, wipes).Play();
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"seed {seed}: {failure.Message}", failure);
            }
        }
    }
}

/// <summary>One run, decided by its seed.</summary>
internal sealed class RandomRun
{
    private readonly Prng random;
    private readonly TestNetwork network;
    private readonly Dictionary<(ulong Member, ulong Request), LogIndex> reads = [];
    private readonly bool membershipChanges;
    private int wipesLeft;
    private ulong requests;
    private byte value;

    /// <param name="engine">Which engine.</param>
    /// <param name="seed">Decides everything.</param>
    /// <param name="wipes">A minority of the disks is wiped, and started again with the first configuration, whenever it may happen.</param>
    public RandomRun(IConsensusEngine engine, ulong seed, bool wipes)
    {
        random = new Prng(seed);
        var options = new CoreOptions
        {
            PreVote = random.Chance(4, 5),
            CheckQuorum = random.Chance(4, 5),
            LeaseReads = random.Chance(1, 4),
            MessageEntriesMax = (int)random.Between(1, 8),
            InflightMessagesMax = (int)random.Between(1, 8),
            InflightBytesMax = random.Between(10, 1000),
            MessageBytesMax = (int)random.Between(1, 100),
            WindowBytesMax = random.Chance(1, 2) ? random.Between(100, 2000) : 1 << 20,
            ApplyEntriesMax = (int)random.Between(1, 100),
            CatchUpEntries = (int)random.Between(0, 10),
            ReconfigurationWindow = engine.Name == "raft" ? 1024 : (int)random.Between(2, 40),
        };
        membershipChanges = !wipes && options is { PreVote: true, CheckQuorum: true }; // else a removed member may disturb the others for ever
        int size = (int)random.Between(wipes ? 3 : 1, 5);
        wipesLeft = wipes ? (size - 1) / 2 : 0;
        if (engine.Name != "raft" && !wipes && random.Chance(1, 4))
        {
            int phase2 = (int)random.Between(1, size);
            options = options with { Quorums = new QuorumSizes(size - phase2 + 1, phase2) };
        }

        network = new TestNetwork(options, engine).WithMembers(size);
        if (wipes && random.Chance(1, 2))
            network.Isolate(new NodeId((ulong)random.Between(1, size)));
    }

    public void Play()
    {
        for (int step = 0; step < 400; step++)
            Step();
        Heal();
        if (network.IsRaft)
            network.CheckLogMatching();
        network.CheckBlocksReturned();
    }

    private void Step()
    {
        TestMember member = network.Members[(int)random.Below((ulong)network.Members.Count)];
        if (wipesLeft > 0 && random.Chance(1, 120) && network.Lost.TrueForAll(lost => lost.Id != member.Id))
        {
            Wipe(member);
            return;
        }

        switch (random.Below(20))
        {
            case < 10:
                Message();
                break;
            case < 13:
                if (member.Up && member.Disk.PendingCount > 0)
                    member.Sync((int)random.Between(1, member.Disk.PendingCount));
                break;
            case < 15:
                Time();
                break;
            case < 17:
                if (member.Up)
                    Propose(member);
                break;
            case < 18:
                if (member.Up)
                    Side(member);
                break;
            default:
                if (random.Chance(1, 6))
                    Fault(member);
                break;
        }

        CheckReads();
    }

    /// <summary>Often whoever knew of it is away at that moment, and who had been away comes back.</summary>
    private void Wipe(TestMember member)
    {
        wipesLeft--;
        network.Wipe(member);
        if (random.Chance(1, 3))
            return;
        network.Cut.Clear();
        TestMember away = network.Members[(int)random.Below((ulong)network.Members.Count)];
        if (away.Up && away.Id != member.Id)
            away.Crash((int)random.Between(0, away.Disk.PendingCount));
    }

    private void Message()
    {
        if (network.Messages.Count == 0)
            return;
        int at = random.Chance(3, 4) ? 0 : (int)random.Below((ulong)network.Messages.Count);
        if (random.Chance(1, 12))
            network.Messages.RemoveAt(at);
        else
            network.Deliver(at, keep: random.Chance(1, 12));
    }

    private void Time()
    {
        network.Now += random.Chance(1, 10) ? random.Between(1, 150) : random.Between(1, 12);
        foreach (TestMember member in network.Members.Where(member => member.Up))
            member.Do(core => core.Advance(network.Now));
    }

    private void Propose(TestMember member)
    {
        byte[][] commands = [.. Enumerable.Range(0, (int)random.Between(1, 4)).Select(_ => new byte[random.Below(30)])];
        foreach (byte[] command in commands)
            command.AsSpan().Fill(value++);
        member.Propose(commands);
    }

    private void Side(TestMember member)
    {
        switch (random.Below(11))
        {
            case > 8:
                ChangeMembership();
                break;
            case 8:
                member.RebuildFromState();
                break;
            case < 3:
                ulong request = ++requests;
                LogIndex known = network.LastDecided;
                reads[(member.Id.Value, request)] = known;
                member.Do(core => core.Read(request));
                break;
            case < 5:
                member.Checkpoint(random.Chance(1, 4) ? member.Applied : LogIndex.Zero);
                break;
            case 5:
                member.Do(core => core.Transfer(NodeId.None));
                break;
            case 6:
                while (member.Loads.Count > 0)
                    member.AnswerLoad();
                break;
            default:
                while (member.Snapshots.Count > 0)
                    network.CarrySnapshot(member);
                break;
        }
    }

    private void ChangeMembership()
    {
        if (!membershipChanges || network.Leader is not { } leader)
            return;
        var steps = new List<MemberChange>();
        for (long i = random.Between(1, 2); i > 0; i--)
            steps.Add(NextChange(leader.Core.Configuration));
        if (steps.DistinctBy(step => step.Member.Id).Count() == steps.Count)
            leader.Do(core => core.Change(new ConfigurationChange(++requests, steps)));
    }

    private MemberChange NextChange(Configuration configuration)
    {
        Member some = configuration.Members[(int)random.Below((ulong)configuration.Members.Length)];
        if (random.Chance(1, 3))
            return new MemberChange(ChangeKind.Promote, some);
        if (random.Chance(1, 3) || network.Members.Count == 7)
            return new MemberChange(ChangeKind.Remove, some);
        TestMember added = network.Add((ulong)network.Members.Count + 1, Configuration.Empty);
        MemberRole role = random.Chance(1, 2) ? MemberRole.Learner : MemberRole.Voter;
        return new MemberChange(ChangeKind.Add, new Member(added.Id, added.Instance, role, default));
    }

    private void Fault(TestMember member)
    {
        if (!member.Up)
        {
            member.Start();
            return;
        }

        switch (random.Below(5))
        {
            case 0:
                network.Isolate(member.Id);
                break;
            case 1:
                network.Cut.Add((member.Id, new NodeId((ulong)random.Between(1, network.Members.Count))));
                break;
            case 2:
                network.Cut.Clear();
                break;
            case 3:
                member.Do(core => core.DiskHasRoom(random.Chance(1, 2)));
                break;
            default:
                member.Crash((int)random.Between(0, member.Disk.PendingCount));
                break;
        }
    }

    // A read is linearizable when it sees all that was decided before it was asked for.
    private void CheckReads()
    {
        foreach (TestMember member in network.Members)
        {
            foreach (ReadOutcome read in member.Reads)
            {
                if (read.Refusal == Refusal.None)
                    Assert.True(read.Index >= reads[(member.Id.Value, read.RequestId)], $"stale read {read}");
            }

            member.Reads.Clear();
        }
    }

    private static bool IsIn(TestMember leader, TestMember member) => leader.Core.Configuration.Contains(member.Id, member.Instance);

    private void Heal()
    {
        network.Cut.Clear();
        foreach (TestMember member in network.Members)
        {
            if (!member.Up)
                member.Start();
            member.Do(core => core.DiskHasRoom(true));
        }

        for (int i = 0; i < 100; i++)
        {
            network.Run(20);
            if (network.Leader is { } leader && leader.Propose([1, 2, 3]) == Refusal.None)
            {
                network.Settle();
                network.Run(20);
                if (network.Members.All(member => !IsIn(leader, member) || member.Applied == network.LastDecided))
                    return;
            }
        }

        Assert.Fail("no progress after the heal: " + string.Join(", ", network.Members.Select(m => $"{m.Id} {m.Core.Status}")));
    }
}
