using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>
/// A leader whose log write has waited half an election timeout is stalled: it hands over to the follower whose durable log moved furthest
/// since the write began to wait; where none moved, it stays. Owner: the loop.
/// </summary>
internal sealed class StallWatch(LoopContext context, LogWriter log)
{
    private MemberProgress[] baseline = [];
    private Tick baselineAt;
    private bool watching;

    private int PatienceTicks => context.Options.Core.ElectionTicks / 2;

    /// <summary>When to look again.</summary>
    public Tick NextWake =>
        context.Core.Status.Role != CoreRole.Leader || log.WaitingSince is not { } since ? Tick.Never
        : !watching ? since + (PatienceTicks / 2)
        : baselineAt + (PatienceTicks - (PatienceTicks / 2));

    /// <summary>Looks at the oldest write.</summary>
    public void Look()
    {
        if (context.Core.Status.Role != CoreRole.Leader || log.WaitingSince is not { } since
            || context.Now - since < PatienceTicks / 2)
        {
            watching = false;
            return;
        }

        if (!watching)
        {
            // Halfway through its patience it notes how far the others are, so that "meanwhile" is measured and not guessed.
            Note();
            return;
        }

        if (context.Now - baselineAt < PatienceTicks - (PatienceTicks / 2))
            return;
        NodeId target = Furthest();
        Note();
        if (target.IsNone || context.Core.Transfer(target) != Refusal.None)
            return;
        context.Notice(NoticeKind.StalledHandOver, target);
    }

    private void Note()
    {
        baseline = context.Core.Progress();
        baselineAt = context.Now;
        watching = true;
    }

    private NodeId Furthest()
    {
        NodeId best = NodeId.None;
        long furthest = 0;
        foreach (MemberProgress member in context.Core.Progress())
        {
            if (member.Member == context.Self || !member.RecentlyActive || !IsVoter(member.Member))
                continue;
            foreach (MemberProgress before in baseline)
            {
                if (before.Member == member.Member && member.Match - before.Match > furthest)
                {
                    furthest = member.Match - before.Match;
                    best = member.Member;
                }
            }
        }

        return best;
    }

    private bool IsVoter(NodeId member) => context.Core.Configuration.Find(member) is { Role: MemberRole.Voter };
}
