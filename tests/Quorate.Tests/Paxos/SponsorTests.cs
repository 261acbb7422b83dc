using Quorate.Consensus;
using Quorate.Paxos.MultiPaxos;
using Quorate.Tests.Engines;
using Xunit;

namespace Quorate.Tests.Paxos;

/// <summary>Who is out asks those who decide now before it helps to elect somebody by an earlier configuration (docs/protocols/multi-paxos.md, rule 15).</summary>
public sealed class SponsorTests
{
    private static readonly CoreOptions options = new() { ReconfigurationWindow = 4 };

    private readonly TestNetwork network = new TestNetwork(options, new MultiPaxosEngine()).WithMembers(3, open: false);
    private readonly TestMember leader;
    private readonly TestMember late; // knows the first configuration alone, and hears nobody of those who decide now
    private readonly TestMember leaving;
    private readonly TestMember newcomer;

    public SponsorTests()
    {
        leader = network.Elect();
        network.Run(20);
        late = network.Members.Last(member => member != leader);
        leaving = network.Members.Single(member => member != leader && member != late);
        late.Crash(0);
        newcomer = network.Add(4, leader.First);
        MemberChange[] swap = [new(ChangeKind.Add, AsVoter(newcomer)), new(ChangeKind.Remove, AsVoter(leaving))];
        Assert.Equal(Refusal.None, leader.Do(core => core.Change(new ConfigurationChange(1, [.. swap]))));
        network.Run(30);
        Assert.Equal(new ChangeOutcome(1, Refusal.None), leader.Changes[^1]);
        Separate(late, leader);
        Separate(late, newcomer);
        late.Start();
    }

    [Fact]
    public void While_they_have_a_leader_it_does_not()
    {
        network.Run(10 * options.ElectionTicks);
        Assert.True(leader.IsLeader);
        Assert.False(late.IsLeader);
    }

    [Fact]
    public void Once_they_have_none_it_does_and_a_core_rebuilt_meanwhile_goes_on_asking()
    {
        leader.Crash(0);
        for (int i = 0; i < 10 * options.ElectionTicks && !late.IsLeader; i++)
        {
            network.Run(1);
            leaving.RebuildFromState();
        }

        Assert.True(late.IsLeader);
    }

    private static Member AsVoter(TestMember member) => new(member.Id, member.Instance, MemberRole.Voter, default);

    private void Separate(TestMember one, TestMember other)
    {
        network.Cut.Add((one.Id, other.Id));
        network.Cut.Add((other.Id, one.Id));
    }
}
