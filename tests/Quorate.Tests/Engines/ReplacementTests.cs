using Quorate.Consensus;
using Quorate.Paxos.MultiPaxos;
using Quorate.Raft;
using Xunit;

namespace Quorate.Tests.Engines;

/// <summary>A new instance of a member takes the old one's place.</summary>
public sealed class ReplacementTests
{
    private static readonly NodeId member = new(3);
    private static readonly InstanceId first = new(103);
    private static readonly InstanceId second = new(900);
    private static readonly InstanceId third = new(901);

    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public void A_request_that_comes_late_takes_no_place_from_whoever_came_after_it(string engine)
    {
        TestNetwork network = new TestNetwork(new CoreOptions(), engine == "raft" ? new RaftEngine() : new MultiPaxosEngine()).WithMembers(3, open: false);
        network[1].Do(core => core.Campaign());
        TestMember leader = network.Elect();
        Assert.NotEqual(member, leader.Id);
        network.Run(50);
        network[3].Crash(0);
        Replace(network, second, first, Refusal.None);
        Replace(network, second, first, Refusal.MemberExists); // it asks several members, which all pass it on
        Replace(network, third, second, Refusal.None);
        Replace(network, second, first, Refusal.UnknownMember);
        Assert.Equal(third, leader.Core.Configuration.Find(member)!.Instance);
    }

    private static void Replace(TestNetwork network, InstanceId instance, InstanceId replaces, Refusal expected)
    {
        var step = new MemberChange(ChangeKind.Replace, new Member(member, instance, MemberRole.Learner, default), replaces);
        Assert.Equal(expected, network.Leader!.Do(core => core.Change(new ConfigurationChange(1, [step]))));
        network.Run(50);
    }
}
