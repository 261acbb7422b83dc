using Quorate.Consensus;
using Quorate.Paxos.MultiPaxos;
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

    /// <summary>Without a command every value would be a no-op, and all of them agree.</summary>
    private static readonly ExplorationBounds TwoBallots =
        ExplorationBounds.FourElections with { Name = "two-ballots", Campaigns = 2, Proposals = 1 };

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
        Assert.Equal(1_762_000, result.States);
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

    [Fact]
    public void Nor_is_any_of_Multi_Paxos_with_two_ballots_a_command_and_a_power_cut()
    {
        ExplorationResult result = new Explorer(new MultiPaxosEngine(), TwoBallots with { Crashes = 1 }).Explore();
        Assert.Null(result.Violation);
        Assert.True(result.Complete);
        Assert.Equal(2_112_067, result.States); // another number means that the core takes other steps: look at why
        Assert.True(result.StatesByElections[2] > 0);
    }

    /// <summary>Cores are reused by reading another's state over their own: nothing of the former one may stay.</summary>
    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public void A_reused_core_and_a_fresh_one_take_the_same_steps(string name)
    {
        IConsensusEngine engine = Of(name);
        ExplorationResult reused = new Explorer(engine, Least).Explore();
        ExplorationResult fresh = new Explorer(new CoreEngine(engine, options => new FreshCore(engine, options)), Least).Explore();
        Assert.Equal(Numbers(reused), Numbers(fresh));
    }

    /// <summary>A path is what the whole scenario machinery makes of it too, message by message.</summary>
    [Theory]
    [InlineData("raft", true)]
    [InlineData("raft", false)]
    [InlineData("multipaxos", true)]
    [InlineData("multipaxos", false)]
    public void A_path_can_be_played_as_a_scenario(string name, bool syncAtOnce)
    {
        IConsensusEngine engine = Of(name);
        ExplorationBounds bounds = Least with { SyncAtOnce = syncAtOnce, Duplicates = 1, Proposals = 1 };
        for (long states = 1; states < 30_000; states *= 5)
        {
            ExplorationResult result = new Explorer(engine, bounds).Explore(states);
            ScenarioPlayer.Play(ScenarioFile.Parse("path", result.Script), engine);
        }
    }

    [Fact]
    public void Members_that_forget_their_vote_when_they_restart_are_found()
    {
        ExplorationResult result = new Explorer(new CoreEngine(new RaftEngine(), options => new ForgetfulCore(options)), ExplorationBounds.Small).Explore();
        Assert.NotNull(result.Violation);
    }

    [Fact]
    public void Members_that_forget_their_promise_when_they_restart_are_found()
    {
        ExplorationResult result = new Explorer(
            new CoreEngine(new MultiPaxosEngine(), options => new UnboundCore(options)), TwoBallots with { Crashes = 1 }).Explore();
        Assert.NotNull(result.Violation);
    }

    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public void Members_that_answer_before_their_writes_are_durable_are_found(string name)
    {
        IConsensusEngine engine = Of(name);
        ExplorationResult result = new Explorer(
            new CoreEngine(engine, options => new HastyCore(engine, options)), name == "raft" ? ExplorationBounds.Small : TwoBallots with { Crashes = 1 }).Explore();
        Assert.NotNull(result.Violation);
    }

    private static IConsensusEngine Of(string name) => name == "raft" ? new RaftEngine() : new MultiPaxosEngine();

    private static object Numbers(ExplorationResult result) => (
        result.States, result.Transitions, result.Depth, result.MemberStates, result.Messages, result.CoreSteps, result.StatesWithCommits,
        string.Join(' ', result.StatesByElections), result.Script);

    /// <summary>Each state is read by a core that has never been used.</summary>
    private sealed class FreshCore(IConsensusEngine engine, CoreOptions options) : DelegatingCore(engine, options)
    {
        public override void ReadState(ReadOnlySpan<byte> state, BlockPool pool)
        {
            Renew();
            base.ReadState(state, pool);
        }
    }

    private sealed class ForgetfulCore(CoreOptions options) : DelegatingCore(new RaftEngine(), options)
    {
        public override void Begin(CoreStart start) =>
            base.Begin(start with { HardState = start.HardState with { VotedFor = NodeId.None } });
    }

    private sealed class UnboundCore(CoreOptions options) : DelegatingCore(new MultiPaxosEngine(), options)
    {
        public override void Begin(CoreStart start) => base.Begin(start with { HardState = default });
    }

    private sealed class HastyCore(IConsensusEngine engine, CoreOptions options) : DelegatingCore(engine, options)
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
