using Quorate.Checkers;
using Quorate.Consensus;
using Quorate.Raft;
using Quorate.Simulation;
using Xunit;

namespace Quorate.Tests.Simulation;

/// <summary>
/// Which quorum must hold a decided entry of Raft's: that of the configuration by which its leader committed it, which the first member to hand it out need not know.
/// </summary>
public sealed class CommitQuorumTests
{
    private static readonly Entry first = new(new LogIndex(1), new Epoch(1), EntryKind.NoOp, Payload.Empty);
    private static readonly Configuration before = Of(1, 2, 3, 4);
    private static readonly Configuration after = Of(1, 2, 5);

    [Fact]
    public void An_entry_is_durable_by_the_configuration_that_its_leader_counted_by()
    {
        ClusterWatch watch = HeldBy(1, 2);
        watch.Commits(upTo: 1, CheckerWords.Of(after));
        watch.DecidedEntry(new NodeId(1), first, term: 1);
        Assert.Equal(1ul, watch.Decided.Last);
    }

    [Fact]
    public void Another_configuration_does_not_make_it_durable()
    {
        ClusterWatch watch = HeldBy(1, 2);
        watch.Commits(upTo: 1, CheckerWords.Of(before));
        var broken = Assert.Throws<CheckFailedException>(() => watch.DecidedEntry(new NodeId(1), first, term: 1));
        Assert.Equal(Promise.QuorumDurability, broken.Promise);
    }

    [Fact]
    public void A_leader_that_commits_what_too_few_hold_is_found_out()
    {
        ClusterWatch watch = HeldBy(1);
        watch.Commits(upTo: 1, CheckerWords.Of(after));
        var broken = Assert.Throws<CheckFailedException>(() => watch.DecidedEntry(new NodeId(1), first, term: 1));
        Assert.Equal(Promise.QuorumDurability, broken.Promise);
    }

    [Fact]
    public void What_no_leader_has_counted_is_not_decided()
    {
        ClusterWatch watch = HeldBy(1, 2);
        var broken = Assert.Throws<CheckFailedException>(() => watch.DecidedEntry(new NodeId(1), first, term: 1));
        Assert.Equal(Promise.StateMachineSafety, broken.Promise);
    }

    private static ClusterWatch HeldBy(params ulong[] members)
    {
        var watch = new ClusterWatch(before, keys: 1, new RaftEngine(), new CoreOptions());
        foreach (ulong member in members)
        {
            PersistedLog disk = watch.Raft.Disk(member, instance: member);
            disk.Append(number: 1, CheckerWords.Of(first));
            disk.ClaimDurable(1);
        }

        return watch;
    }

    private static Configuration Of(params ulong[] voters) =>
        new([.. voters.Select(id => new Member(new NodeId(id), new InstanceId(id), MemberRole.Voter, Array.Empty<byte>()))], []);
}
