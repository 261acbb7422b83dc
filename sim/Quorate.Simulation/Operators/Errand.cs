using Quorate.Consensus;
using Quorate.Replica;

namespace Quorate.Simulation;

/// <summary>
/// Something that the operator brings about in steps, looking each time at what is decided rather than at what it was told: an answer
/// may get lost. Owner: its world.
/// </summary>
internal abstract class Errand(World world)
{
    private bool asking;

    protected World World => world;

    /// <summary>The newest decided configuration.</summary>
    protected Configuration Decided => world.Watch.DecidedConfiguration;

    /// <summary>Does what can be done now.</summary>
    /// <returns>Whether it is finished, or never will be.</returns>
    public abstract bool Step();

    /// <summary>Asks some member for a change, unless an earlier request is still open.</summary>
    protected void Ask(params MemberChange[] steps) => AskAt(world.AnyRunning(preferLeader: true), steps);

    /// <summary>As <see cref="Ask"/>, at that member.</summary>
    protected void AskAt(Machine? member, params MemberChange[] steps)
    {
        if (asking || Decided.IsJoint || member is not { IsRunning: true, Process.Callers: { } callers })
            return;
        asking = true;
        callers.Change(steps, failure => Ended(steps, failure));
    }

    /// <summary>
    /// Whether a member that is out may be switched off. In Raft it may as soon as that is decided; in Paxos once the change was answered, or the removal, asked
    /// for again, finds nobody: until then what was decided with it may be known to it alone (docs/protocols/multi-paxos.md, rule 15).
    /// </summary>
    protected bool MayGo(Machine leaving)
    {
        if (World.IsDismissed(leaving))
            return true;
        Ask(new MemberChange(ChangeKind.Remove, leaving.As(MemberRole.Voter)));
        return false;
    }

    /// <summary>How the request ended.</summary>
    protected virtual void Refused(Refusal refusal)
    {
    }

    private void Ended(MemberChange[] steps, Failure? failure)
    {
        asking = false;
        if (failure is { Reason: FailureReason.Refused } refused)
            Refused(refused.Refusal);
        if (failure is not null and not { Reason: FailureReason.Refused, Refusal: Refusal.UnknownMember })
            return;
        foreach (MemberChange step in steps)
        {
            if (step.Kind == ChangeKind.Remove && Decided.Find(step.Member.Id) is null)
                World.Dismiss(step.Member.Id);
        }
    }
}

/// <summary>
/// A member whose disk is lost comes back empty. As after <c>serve --rejoin</c> it asks whom it reaches to be taken back as a new instance, and, as
/// a learner, to be promoted.
/// </summary>
internal sealed class ReplaceErrand(World world, Machine member) : Errand(world)
{
    private bool wiped;

    public override bool Step()
    {
        if (Decided.Find(member.Id) is not { } named)
        {
            member.Retire();
            return true;
        }

        if (!wiped)
        {
            if (!World.SurvivesWithout(member))
                return false;
            wiped = true;
            member.Wipe();
            member.Start();
            World.Injector.CutFirstStart(member);
            return false;
        }

        if (member.LastInstance.IsOpen)
            return false;
        if (named.Instance != member.LastInstance)
            World.AskToRejoin(member);
        else if (named.Role == MemberRole.Learner)
            AskAt(member, new MemberChange(ChangeKind.Promote, member.As(MemberRole.Voter)));
        else
            return !Decided.IsJoint;
        return false;
    }
}

/// <summary>A new member comes, learns, and is promoted; another may leave in the same change.</summary>
internal sealed class AddErrand(World world, Machine added, Machine? leaving) : Errand(world)
{
    private int tries;

    public override bool Step()
    {
        if (added.State == MemberState.Lost)
            return ++tries > 0; // its replacement is another errand
        if (added.LastInstance.IsOpen)
            return false;
        Consensus.Member? named = Decided.Find(added.Id);
        if (named is null)
            Ask(new MemberChange(ChangeKind.Add, added.As(MemberRole.Learner)));
        else if (named.Role == MemberRole.Learner)
            AskPromotion();
        else if (!Decided.IsJoint && (leaving is null || Decided.Find(leaving.Id) is not null || MayGo(leaving)))
            return true;
        return ++tries > 400; // it cannot catch up just now: it stays a learner
    }

    private void AskPromotion()
    {
        var promote = new MemberChange(ChangeKind.Promote, added.As(MemberRole.Voter));
        if (leaving is not null && Decided.Find(leaving.Id) is not null && World.SurvivesWithout(leaving))
            Ask(promote, new MemberChange(ChangeKind.Remove, leaving.As(MemberRole.Voter)));
        else
            Ask(promote);
    }
}

/// <summary>A member leaves; its process goes on for a while, as it would.</summary>
internal sealed class RemoveErrand(World world, Machine leaving) : Errand(world)
{
    private bool refused;
    private int tries;

    public override bool Step()
    {
        if (Decided.Find(leaving.Id) is null)
            return (!Decided.IsJoint && MayGo(leaving)) || ++tries > 200;
        if (World.SurvivesWithout(leaving))
            Ask(new MemberChange(ChangeKind.Remove, leaving.As(MemberRole.Voter)));
        return refused || ++tries > 200;
    }

    protected override void Refused(Refusal refusal) => refused = refusal == Refusal.LastVoter;
}

