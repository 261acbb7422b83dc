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
        Refusal refusal = MemberSteps.Apply(current, change, isCaughtUp, out Configuration final);
        next = refusal != Refusal.None || VotersThatDiffer(current, final) <= 1 ? final : new Configuration(final.Members, current.Voters);
        return refusal;
    }

    private static int VotersThatDiffer(Configuration current, Configuration final)
    {
        int gone = current.Voters.Count(old => final.Voters.All(voter => voter.Id != old.Id));
        int come = final.Voters.Count(voter => current.Voters.All(old => old.Id != voter.Id));
        int replaced = final.Voters.Count(voter => current.Voters.Any(old => old.Id == voter.Id && old.Instance != voter.Instance));
        return gone + come + (2 * replaced);
    }
}
