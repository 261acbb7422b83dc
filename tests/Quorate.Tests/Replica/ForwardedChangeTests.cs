using Quorate.Consensus;
using Quorate.Replica;
using Xunit;

namespace Quorate.Tests.Replica;

/// <summary>Membership changes and transfers that are asked of a member that does not lead.</summary>
public sealed class ForwardedChangeTests
{
    private const ulong Request = 7;

    private static readonly MemberChange[] Steps =
    [
        new(ChangeKind.Add, new Member(new NodeId(4), new InstanceId(104), MemberRole.Learner, new byte[] { 1, 2, 3 })),
        new(ChangeKind.Remove, new Member(new NodeId(3), InstanceId.Open, MemberRole.Voter, default)),
    ];

    private readonly LoopWorld world = new(3);

    [Fact]
    public void A_change_reaches_the_leader_as_it_was_asked_and_its_end_comes_back()
    {
        world.Lead(1, term: 1);
        Change(world[2]);
        world.Run();
        ConfigurationChange asked = Assert.Single(world[1].Core.Changes);
        Assert.Equal(Steps, asked.Steps);
        Assert.Empty(world[2].Ended);

        End(asked, Refusal.None);
        Assert.Equal([new(Request, null)], world[2].Ended);
    }

    [Fact]
    public void A_new_instance_takes_the_place_of_the_one_that_is_known_where_it_asked()
    {
        world.Lead(1, term: 1);
        world[2].Core.Configure(new Configuration([new Member(new NodeId(3), new InstanceId(103), MemberRole.Voter, default)], []));
        world[2].Arrived.Add(ReplicaEvent.RejoinAsked(new NodeId(3), new InstanceId(900)));
        world.Run();
        MemberChange step = Assert.Single(Assert.Single(world[1].Core.Changes).Steps);
        Assert.Equal((ChangeKind.Replace, new InstanceId(900), new InstanceId(103)), (step.Kind, step.Member.Instance, step.Replaces));
    }

    [Fact]
    public void A_change_that_the_leader_refuses_had_no_effect()
    {
        world.Lead(1, term: 1);
        world[1].Core.RefuseChanges = Refusal.MemberExists;
        Change(world[2]);
        world.Run();
        Assert.Equal([new(Request, Failure.Refused(Refusal.MemberExists))], world[2].Ended);
    }

    [Fact]
    public void A_change_that_another_one_holds_up_waits_at_the_leader()
    {
        world.Lead(1, term: 1);
        world[1].Core.RefuseChanges = Refusal.ChangePending;
        Change(world[2]);
        world.Run();
        Assert.Empty(world[2].Ended);
        world[1].Core.RefuseChanges = Refusal.None;
        world.Pass(1);
        End(world[1].Core.Changes[^1], Refusal.None);
        Assert.Equal([new(Request, null)], world[2].Ended);
    }

    [Fact]
    public void A_promotion_of_a_learner_that_lags_is_refused_at_once()
    {
        world.Lead(1, term: 1);
        world[1].Core.RefuseChanges = Refusal.NotCaughtUp;
        world[2].Arrived.Add(Promote(ChangeKind.Promote));
        world.Run();
        Assert.Equal([new(Request, Failure.Refused(Refusal.NotCaughtUp))], world[2].Ended);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_promotion_once_caught_up_waits_at_the_leader_and_holds_up_no_other_change(int at)
    {
        world.Lead(1, term: 1);
        Refusal lags = Refusal.NotCaughtUp;
        world[1].Core.JudgeChange = change => change.Steps[0].Kind == ChangeKind.PromoteOnceCaughtUp ? lags : Refusal.None;
        world[at].Arrived.Add(Promote(ChangeKind.PromoteOnceCaughtUp));
        world.Run();
        Change(world[3], 8);
        world.Run();
        Assert.Empty(world[at].Ended);
        ConfigurationChange other = world[1].Core.Changes.Single(change => change.Steps[0].Kind == ChangeKind.Add);
        Assert.Equal(Steps, other.Steps);
        End(other, Refusal.None);
        Assert.Equal([new(8, null)], world[3].Ended);

        lags = Refusal.None;
        world.Pass(1);
        End(world[1].Core.Changes.Last(change => change.Steps[0].Kind == ChangeKind.PromoteOnceCaughtUp), Refusal.None);
        Assert.Equal([new(Request, null)], world[at].Ended);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void What_waits_for_a_learner_is_asked_of_the_leader_once_a_step(int at)
    {
        world.Lead(1, term: 1);
        world[1].Core.RefuseChanges = Refusal.NotCaughtUp;
        world[at].Arrived.Add(Promote(ChangeKind.PromoteOnceCaughtUp));
        world.Run();
        int asked = world[1].Core.Changes.Count;
        world[1].Propose("more than one pass");
        world[1].Step();
        Assert.Equal(asked + 1, world[1].Core.Changes.Count);
    }

    [Fact]
    public void A_promotion_that_never_catches_up_ends_with_its_callers_patience()
    {
        world.Lead(1, term: 1);
        world[1].Core.RefuseChanges = Refusal.NotCaughtUp;
        world[2].Arrived.Add(Promote(ChangeKind.PromoteOnceCaughtUp));
        world.Run();
        world.Pass(world.Options.RequestTicks);
        Assert.Equal([new(Request, new Failure(FailureReason.OutcomeUnknown))], world[2].Ended);
        world.Pass(1);
        int asked = world[1].Core.Changes.Count;
        world.Pass(1);
        Assert.Equal(asked, world[1].Core.Changes.Count);
    }

    [Fact]
    public void A_change_that_ends_with_the_leadership_may_have_had_an_effect()
    {
        world.Lead(1, term: 1);
        Change(world[2]);
        world.Run();
        End(world[1].Core.Changes[0], Refusal.NotLeader);
        Assert.Equal([new(Request, new Failure(FailureReason.OutcomeUnknown))], world[2].Ended);
    }

    [Fact]
    public void A_repeated_change_is_asked_once()
    {
        world.Repeats = true;
        world.Lead(1, term: 1);
        Change(world[2]);
        world.Run();
        Assert.Single(world[1].Core.Changes);
    }

    [Fact]
    public void A_change_of_a_former_epoch_is_dropped_and_its_caller_told_that_nobody_knows()
    {
        world.Lead(1, term: 1);
        Change(world[2]);
        world.Holds = true;
        world.StepLoops();
        TestFrame late = Assert.Single(world.Wire);
        world.Wire.Clear();
        world.Holds = false;
        world.Lead(1, term: 2);
        world[1].Core.ProposeNoOp(); // something must come of it for the loops to look up
        world.Pass(1);
        Assert.Equal([new(Request, new Failure(FailureReason.OutcomeUnknown))], world[2].Ended);

        world.Deliver(late);
        world.Run();
        Assert.Empty(world[1].Core.Changes);
    }

    [Fact]
    public void A_change_waits_for_a_leader_and_times_out_without_effect()
    {
        Change(world[2]);
        world.Run();
        Assert.Empty(world.Wire);
        world.Pass(world.Options.RequestTicks);
        Assert.Equal([new(Request, new Failure(FailureReason.TimedOut))], world[2].Ended);
        world.Lead(1, term: 1);
        world.Pass(1);
        Assert.Empty(world[1].Core.Changes);
    }

    [Fact]
    public void Changes_go_to_the_leader_in_the_order_in_which_they_were_asked()
    {
        Change(world[2], 7);
        Change(world[2], 8);
        world.Run();
        world.Lead(1, term: 1);
        world.Holds = true;
        world.Pass(1);
        world.Holds = false;
        world[1].Core.RefuseChanges = Refusal.MemberExists;
        world.Run();
        Assert.Equal(new ulong[] { 7, 8 }, world[2].Ended.Keys);
    }

    [Fact]
    public void Past_their_bound_changes_and_transfers_are_refused_at_once()
    {
        for (ulong request = 0; request <= (ulong)world.Options.OpenChangesMax; request++)
        {
            Change(world[2], request);
            world[2].Arrived.Add(ReplicaEvent.Transfer(request + 1000, new NodeId(3)));
        }

        world.Run();
        Failure tooMany = Failure.Refused(Refusal.TooManyRequests);
        ulong last = (ulong)world.Options.OpenChangesMax;
        Assert.Equal([new(last, tooMany), new(last + 1000, tooMany)], world[2].Ended);
    }

    [Fact]
    public void A_transfer_reaches_the_leader_and_ends_when_the_target_leads()
    {
        world.Lead(1, term: 1);
        world[2].Arrived.Add(ReplicaEvent.Transfer(Request, new NodeId(3)));
        world.Run();
        Assert.Equal([new NodeId(3)], world[1].Core.Transfers);
        Assert.Empty(world[2].Ended);

        world.Lead(3, term: 2);
        world.Pass(1);
        Assert.Equal([new(Request, null)], world[2].Ended);
    }

    [Fact]
    public void A_transfer_that_the_leader_refuses_ends_so()
    {
        world.Lead(1, term: 1);
        world[1].Core.RefuseTransfers = Refusal.UnknownMember;
        world[2].Arrived.Add(ReplicaEvent.Transfer(Request, new NodeId(9)));
        world.Run();
        Assert.Equal([new(Request, Failure.Refused(Refusal.UnknownMember))], world[2].Ended);
    }

    [Fact]
    public void A_transfer_to_anybody_asked_of_the_leader_itself_ends_when_another_leads()
    {
        world.Lead(1, term: 1);
        world[1].Arrived.Add(ReplicaEvent.Transfer(Request, NodeId.None));
        world.Run();
        Assert.Equal([NodeId.None], world[1].Core.Transfers);
        world.Lead(2, term: 2);
        world.Pass(1);
        Assert.Equal([new(Request, null)], world[1].Ended);
    }

    [Fact]
    public void A_transfer_of_which_nothing_is_heard_ends_unknown()
    {
        world.Lead(1, term: 1);
        world[2].Arrived.Add(ReplicaEvent.Transfer(Request, new NodeId(3)));
        world.Run();
        world.Pass(world.Options.RequestTicks);
        Assert.Equal([new(Request, new Failure(FailureReason.OutcomeUnknown))], world[2].Ended);
    }

    private static ReplicaEvent Promote(ChangeKind kind) => ReplicaEvent.Change(
        new ConfigurationChange(Request, [new MemberChange(kind, new Member(new NodeId(2), new InstanceId(102), MemberRole.Voter, default))]));

    private static void Change(LoopMember at, ulong request = Request) =>
        at.Arrived.Add(ReplicaEvent.Change(new ConfigurationChange(request, Steps)));

    private void End(ConfigurationChange change, Refusal refusal)
    {
        world[1].Core.Output.Changes.Add(new ChangeOutcome(change.RequestId, refusal));
        world.Pass(1);
    }
}
