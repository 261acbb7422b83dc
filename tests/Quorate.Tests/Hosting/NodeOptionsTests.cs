using Quorate.Consensus;
using Quorate.Examples;
using Quorate.Hosting;
using Quorate.Paxos.MultiPaxos;
using Quorate.Raft;
using Quorate.Replica;
using Xunit;

namespace Quorate.Tests.Hosting;

/// <summary>Sizes of quorums that could decide two values are refused before anything is written.</summary>
public sealed class NodeOptionsTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("quorate-options").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string DataDirectory => Path.Combine(directory, "m");

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Theory]
    [InlineData(1, 1, "need not meet among 3 voters")]
    [InlineData(2, 1, "need not meet among 3 voters")]
    [InlineData(1, 2, "need not meet among 3 voters")]
    [InlineData(4, 1, "there are only 3 voters")]
    [InlineData(1, 4, "there are only 3 voters")]
    public async Task Quorums_that_need_not_meet_are_refused_in_one_line(int phase1, int phase2, string cause)
    {
        NodeStartException refused = await RefusedAsync(new MultiPaxosEngine(), Options(3, new QuorumSizes(phase1, phase2)));
        Assert.Contains($"quorums of {phase1} for phase 1 and {phase2} for phase 2", refused.Message, StringComparison.Ordinal);
        Assert.Contains(cause, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
        Assert.False(refused.IsDamaged);
    }

    [Fact]
    public async Task Raft_is_given_no_sizes()
    {
        NodeStartException refused = await RefusedAsync(new RaftEngine(), Options(3, new QuorumSizes(2, 2)));
        Assert.Contains("raft knows majorities alone", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Members that count by different windows could decide two values in a slot.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(1023)]
    [InlineData(1025)]
    public async Task Another_reconfiguration_window_is_refused(int slots)
    {
        NodeOptions options = Options(3, QuorumSizes.Majority);
        CoreOptions core = options.Replica.Core with { ReconfigurationWindow = slots };
        NodeStartException refused = await RefusedAsync(new MultiPaxosEngine(), options with { Replica = options.Replica with { Core = core } });
        Assert.Equal($"a reconfiguration window of {slots} slots: every member has 1024", refused.Message);
    }

    /// <summary>A member without the quorum check may leave a live leader, whose lease then rests on nothing; and says the same in its hello.</summary>
    [Theory]
    [InlineData(false, 100, "lease reads need the quorum check")]
    [InlineData(true, -1, "clocks that drift apart by -1 thousandths: 0 to 999")]
    [InlineData(true, 1000, "clocks that drift apart by 1000 thousandths: 0 to 999")]
    public async Task Leases_that_rest_on_nothing_are_refused(bool checkQuorum, int drift, string cause)
    {
        NodeOptions options = Options(3, QuorumSizes.Majority);
        CoreOptions core = options.Replica.Core with { LeaseReads = true, CheckQuorum = checkQuorum, ClockDriftPerMille = drift };
        NodeStartException refused = await RefusedAsync(new RaftEngine(), options with { Replica = options.Replica with { Core = core } });
        Assert.Contains(cause, refused.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// Members share an election timeout, not the ticks that it is counted in: heartbeats, a tenth of which is a tick, are each member's own. However they
    /// fall, a lease, which may last for its ticks, must end while those who granted it wait; they may have counted a tick that had begun before.
    /// </summary>
    [Theory]
    [InlineData(1000, 100)]
    [InlineData(1000, 0)]
    [InlineData(999, 100)]
    [InlineData(333, 50)]
    public void A_lease_ends_within_the_wait_of_any_member_by_clocks_that_drift_as_far_as_is_allowed(int election, int drift)
    {
        var options = Options(3, QuorumSizes.Majority) with { ElectionMilliseconds = election };
        options = options with { Replica = options.Replica with { Core = options.Replica.Core with { ClockDriftPerMille = drift } } };
        var heartbeats = Enumerable.Range(10, (election / 5) - 9).ToList();
        NodeOptions[] members = [.. heartbeats.Select(h => options with { HeartbeatMilliseconds = h })];
        double lease = members.Max(m => ReadRounds.LeaseTicks(m.ReplicaInTicks().Core) * (double)m.TickNanoseconds);
        double wait = members.Min(m => (m.ReplicaInTicks().Core.ElectionTicks - 1) * (double)m.TickNanoseconds);
        Assert.InRange(lease / (wait * (1 - (drift / 1000.0))), 0.9, 1);
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(1, 3)]
    [InlineData(2, 2)]
    public void Quorums_that_meet_are_taken(int phase1, int phase2) => Options(3, new QuorumSizes(phase1, phase2)).Check(new MultiPaxosEngine());

    /// <summary>The first configuration is on disk then; one that is said of a cluster that has grown since is not read.</summary>
    [Fact]
    public async Task A_directory_that_was_begun_is_not_judged_by_a_first_configuration_that_is_not_read()
    {
        var sizes = new QuorumSizes(1, 1);
        for (int voters = 1; voters <= 3; voters += 2)
        {
            await using QuorateNode node = await QuorateNode.StartAsync(
                Options(voters, sizes), new MultiPaxosEngine(), new CounterMachine(), cancellation: Cancellation);
            Assert.Single(node.FirstConfiguration.Members);
        }
    }

    private async Task<NodeStartException> RefusedAsync(IConsensusEngine engine, NodeOptions options)
    {
        NodeStartException refused = await Assert.ThrowsAsync<NodeStartException>(
            () => QuorateNode.StartAsync(options, engine, new CounterMachine(), cancellation: Cancellation));
        Assert.False(Directory.Exists(DataDirectory));
        return refused;
    }

    private NodeOptions Options(int voters, QuorumSizes quorums) => new()
    {
        Self = new NodeId(1),
        ClusterId = 7,
        DataDirectory = DataDirectory,
        FirstConfiguration = new Configuration(
            Enumerable.Range(1, voters).Select(i => new Member(new NodeId((ulong)i), InstanceId.Open, MemberRole.Voter, default)), []),
        PeerListen = "127.0.0.1:0",
        SegmentBytes = 1 << 20,
        Replica = new ReplicaOptions { Core = new CoreOptions { Quorums = quorums } },
    };
}
