using Quorate.Consensus;
using Quorate.Raft;
using Quorate.Simulation.Exploration;
using Quorate.Simulation.Scenarios;
using Xunit;

namespace Quorate.Tests.Exploration;

/// <summary>Every state of real cores within small bounds, and what the explorer itself promises.</summary>
public sealed class ExplorerTests
{
    /// <summary>Bounds that are explored to the end in well under a second.</summary>
    private static readonly ExplorationBounds Least = new("least") { Campaigns = 2, Crashes = 1, SyncAtOnce = true, NewestOnly = true };

    [Fact]
    public void No_promise_is_broken_in_any_state_within_the_small_bounds()
    {
        ExplorationResult result = new Explorer(new RaftEngine(), ExplorationBounds.Small).Explore();
        Assert.Null(result.Violation);
        Assert.True(result.Complete);
        Assert.Equal(921_916, result.States); // another number means that the core takes other steps: look at why
        Assert.True(result.StatesByElections[2] > 0); // leaders of two terms
        Assert.True(result.StatesWithCommits > 0);
    }

    [Fact]
    public void Nor_where_a_message_is_lost_and_one_comes_twice()
    {
        ExplorationResult result = new Explorer(new RaftEngine(), ExplorationBounds.SmallLossy with { NewestOnly = true }).Explore();
        Assert.Null(result.Violation);
        Assert.True(result.Complete);
        Assert.True(result.StatesByElections[2] > 0);
    }

    [Fact]
    public void Nor_in_four_elections()
    {
        ExplorationResult result = new Explorer(new RaftEngine(), ExplorationBounds.FourElections).Explore();
        Assert.Null(result.Violation);
        Assert.True(result.Complete);
        Assert.True(result.StatesByElections[4] > 0);
    }

    [Fact]
    public void Nor_where_members_ask_first_whether_they_could_win()
    {
        ExplorationResult result = new Explorer(new RaftEngine(), ExplorationBounds.SmallPreVote with { NewestOnly = true }).Explore();
        Assert.Null(result.Violation);
        Assert.True(result.Complete);
        Assert.True(result.StatesByElections[2] > 0);
    }

    [Fact]
    public void The_same_bounds_give_the_same_numbers()
    {
        ExplorationResult one = new Explorer(new RaftEngine(), Least).Explore();
        ExplorationResult other = new Explorer(new RaftEngine(), Least).Explore();
        Assert.True(one.Complete);
        Assert.Equal(Numbers(one), Numbers(other));
    }

    /// <summary>Cores are reused by reading another's state over their own: nothing of the former one may stay.</summary>
    [Fact]
    public void A_reused_core_and_a_fresh_one_take_the_same_steps()
    {
        ExplorationResult reused = new Explorer(new RaftEngine(), Least).Explore();
        ExplorationResult fresh = new Explorer(new CoreEngine(options => new FreshCore(options)), Least).Explore();
        Assert.Equal(Numbers(reused), Numbers(fresh));
    }

    /// <summary>A path is what the whole scenario machinery makes of it too, message by message.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_path_can_be_played_as_a_scenario(bool syncAtOnce)
    {
        ExplorationBounds bounds = Least with { SyncAtOnce = syncAtOnce, Duplicates = 1, Proposals = 1 };
        for (long states = 1; states < 30_000; states *= 5)
        {
            ExplorationResult result = new Explorer(new RaftEngine(), bounds).Explore(states);
            ScenarioPlayer.Play(ScenarioFile.Parse("path", result.Script), new RaftEngine());
        }
    }

    [Fact]
    public void Members_that_forget_their_vote_when_they_restart_are_found()
    {
        ExplorationResult result = new Explorer(new CoreEngine(options => new ForgetfulCore(options)), ExplorationBounds.Small).Explore();
        Assert.NotNull(result.Violation);
    }

    [Fact]
    public void Members_that_answer_before_their_writes_are_durable_are_found()
    {
        ExplorationResult result = new Explorer(new CoreEngine(options => new HastyCore(options)), ExplorationBounds.Small).Explore();
        Assert.NotNull(result.Violation);
    }

    private static object Numbers(ExplorationResult result) => (
        result.States, result.Transitions, result.Depth, result.MemberStates, result.Messages, result.CoreSteps, result.StatesWithCommits,
        string.Join(' ', result.StatesByElections), result.Script);

    /// <summary>Each state is read by a core that has never been used.</summary>
    private sealed class FreshCore(CoreOptions options) : DelegatingCore(options)
    {
        public override void ReadState(ReadOnlySpan<byte> state, BlockPool pool)
        {
            Renew();
            base.ReadState(state, pool);
        }
    }

    private sealed class ForgetfulCore(CoreOptions options) : DelegatingCore(options)
    {
        public override void Begin(CoreStart start) =>
            base.Begin(start with { HardState = start.HardState with { VotedFor = NodeId.None } });
    }

    private sealed class HastyCore(CoreOptions options) : DelegatingCore(options)
    {
        public override CoreOutput Output
        {
            get
            {
                List<OutboundMessage> messages = base.Output.Messages;
                for (int i = 0; i < messages.Count; i++)
                    messages[i] = messages[i] with { After = WriteNumber.None };
                return base.Output;
            }
        }
    }
}
