namespace Quorate.Consensus;

/// <summary>Carries out the steps of a membership change on a list of members; how an engine gets from one to the other is its own matter.</summary>
internal static class MemberSteps
{
    /// <summary>The members that a change leads to.</summary>
    /// <param name="current">Those in force, not joint.</param>
    /// <param name="change">What to do.</param>
    /// <param name="votersMax">Voters that the engine can count.</param>
    /// <param name="isCaughtUp">Whether a learner may be promoted (Raft thesis §4.2.1).</param>
    /// <param name="final">The result when nothing is refused, else <paramref name="current"/>.</param>
    public static Refusal Apply(
        Configuration current, ConfigurationChange change, int votersMax, Func<Member, bool> isCaughtUp, out Configuration final)
    {
        final = current;
        var members = new List<Member>(current.Members);
        foreach (MemberChange step in change.Steps)
        {
            Refusal refusal = Apply(members, step, isCaughtUp);
            if (refusal != Refusal.None)
                return refusal;
        }

        var next = new Configuration(members, []);
        if (next.Voters.IsEmpty)
            return Refusal.LastVoter;
        if (next.Voters.Length > votersMax || next.Members.Length > Configuration.MembersMax)
            return Refusal.TooManyMembers;
        final = next;
        return Refusal.None;
    }

    private static Refusal Apply(List<Member> members, MemberChange step, Func<Member, bool> isCaughtUp)
    {
        int at = members.FindIndex(member => member.Id == step.Member.Id);
        if (step.Kind == ChangeKind.Add)
        {
            if (at >= 0)
                return Refusal.MemberExists;
            members.Add(step.Member);
            return Refusal.None;
        }

        if (at < 0)
            return Refusal.UnknownMember;
        Member old = members[at];
        if (step.Kind != ChangeKind.Replace && !old.Is(step.Member.Id, step.Member.Instance) && !step.Member.Instance.IsOpen)
            return Refusal.UnknownMember; // another life of it is meant
        switch (step.Kind)
        {
            case ChangeKind.Promote or ChangeKind.PromoteOnceCaughtUp when old.Role != MemberRole.Learner:
                return Refusal.NotLearner;
            case ChangeKind.Promote or ChangeKind.PromoteOnceCaughtUp when !isCaughtUp(old):
                return Refusal.NotCaughtUp;
            case ChangeKind.Promote or ChangeKind.PromoteOnceCaughtUp:
                members[at] = old with { Role = MemberRole.Voter };
                return Refusal.None;
            case ChangeKind.Remove:
                members.RemoveAt(at);
                return Refusal.None;
            case ChangeKind.Update:
                members[at] = old with { Context = step.Member.Context };
                return Refusal.None;
            case ChangeKind.Replace when old.Instance == step.Member.Instance:
                return Refusal.MemberExists;
            case ChangeKind.Replace when !step.Replaces.IsOpen && !old.Is(old.Id, step.Replaces):
                return Refusal.UnknownMember; // another one has taken that place since it was asked
            case ChangeKind.Replace: // what the lost disk had promised is forgotten: the newcomer votes only once it has caught up
                members[at] = new Member(old.Id, step.Member.Instance, MemberRole.Learner, step.Member.Context);
                return Refusal.None;
            default:
                throw new ArgumentOutOfRangeException(nameof(step), step.Kind, "no such kind of change");
        }
    }
}
