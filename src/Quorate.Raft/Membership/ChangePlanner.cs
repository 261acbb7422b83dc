using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>
/// Works out the configuration that a change leads to. One rule: where at most one voter comes or goes the new configuration is
/// appended at once, since any two majorities of the old and the new one overlap (thesis §4.1); otherwise a joint one goes before
/// it (§4.3).
/// </summary>
internal static class ChangePlanner
{
    /// <summary>The next configuration, joint or not.</summary>
    /// <param name="current">The one in force, not joint.</param>
    /// <param name="change">What to do.</param>
    /// <param name="isCaughtUp">Whether a learner may be promoted (thesis §4.2.1).</param>
    /// <param name="next">The configuration to append when nothing is refused.</param>
    public static Refusal Plan(
        Configuration current, ConfigurationChange change, Func<Member, bool> isCaughtUp, out Configuration next)
    {
        Invariant.Check(!current.IsJoint);
        next = current;
        var members = new List<Member>(current.Members);
        foreach (MemberChange step in change.Steps)
        {
            Refusal refusal = Apply(members, step, isCaughtUp);
            if (refusal != Refusal.None)
                return refusal;
        }

        var final = new Configuration(members, []);
        if (final.Voters.IsEmpty)
            return Refusal.LastVoter;
        next = VotersThatDiffer(current, final) <= 1 ? final : new Configuration(members, current.Voters);
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
            case ChangeKind.Promote when old.Role != MemberRole.Learner:
                return Refusal.NotLearner;
            case ChangeKind.Promote when !isCaughtUp(old):
                return Refusal.NotCaughtUp;
            case ChangeKind.Promote:
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
            case ChangeKind.Replace: // what the lost disk had promised is forgotten: the newcomer votes only once it has caught up
                members[at] = new Member(old.Id, step.Member.Instance, MemberRole.Learner, step.Member.Context);
                return Refusal.None;
            default:
                throw new ArgumentOutOfRangeException(nameof(step), step.Kind, "no such kind of change");
        }
    }

    private static int VotersThatDiffer(Configuration current, Configuration final)
    {
        int gone = current.Voters.Count(old => final.Voters.All(voter => voter.Id != old.Id));
        int come = final.Voters.Count(voter => current.Voters.All(old => old.Id != voter.Id));
        int replaced = final.Voters.Count(voter => current.Voters.Any(old => old.Id == voter.Id && old.Instance != voter.Instance));
        return gone + come + (2 * replaced);
    }
}
