using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>
/// A leader whose log write has waited half an election timeout is stalled: it hands over to the follower whose durable log is furthest. One that has
/// more on its disk than the leader has got on with it meanwhile; where none has, the leader stays. Owner: the loop.
/// </summary>
internal sealed class StallWatch(LoopContext context, LogWriter log)
{
    private Tick notBefore;

    /// <summary>When to look next; <see cref="Tick.Never"/> while no write of a leader waits.</summary>
    public Tick NextWake => context.Core.Status.Role == CoreRole.Leader && log.WaitingSince is { } since
        ? Tick.Max(since + PatienceTicks, notBefore)
        : Tick.Never;

    private int PatienceTicks => context.Options.Core.ElectionTicks / 2;

    /// <summary>Looks at the oldest write, and while it waits again each time that it has waited as long; after a hand-over that came to nothing later.</summary>
    public void Look()
    {
        if (context.Now < NextWake)
            return;
        notBefore = context.Now + PatienceTicks;
        NodeId target = Furthest();
        if (target.IsNone || context.Core.Transfer(target) != Refusal.None)
            return; // one under way keeps its deadline
        context.Notice(NoticeKind.StalledHandOver, target);
        // It takes no writes until that is given up. Where the target cannot win, callers get as long again before the next try.
        notBefore = context.Now + (2 * context.Options.Core.ElectionTicks);
    }

    private NodeId Furthest()
    {
        NodeId furthest = NodeId.None;
        LogIndex reached = context.Core.Status.Durable;
        foreach (MemberProgress member in context.Core.Progress())
        {
            if (member.RecentlyActive && member.Match > reached && context.Core.Configuration.Find(member.Member) is { Role: MemberRole.Voter })
                (furthest, reached) = (member.Member, member.Match);
        }

        return furthest;
    }
}
