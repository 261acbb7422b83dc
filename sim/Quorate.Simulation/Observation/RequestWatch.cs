using Quorate.Checkers;
using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// No caller waits for ever: on a process that runs, and has applied what it knows decided, every request ends soon after its time is over. Owner: its world.
/// </summary>
internal sealed class RequestWatch(World world) : IScheduled
{
    private const long LookEvery = Span.Second;
    private const long Grace = 10 * Span.Second;
    private const int LooksMax = 3; // a clock may have leapt just now

    private readonly SortedDictionary<ulong, (int Life, int Looks)> overdue = [];
    private readonly SortedSet<ulong> standing = [];
    private readonly SortedDictionary<ulong, Tick> goesOnSince = []; // what a process is asked while it stands still it takes after that

    /// <summary>Begins to look.</summary>
    public void Begin() => world.Time.After(LookEvery, this);

    public void Fire(long argument)
    {
        world.Time.After(LookEvery, this);
        foreach (Machine member in world.Members)
        {
            if (member.IsPaused)
                standing.Add(member.Id.Value);
            else if (standing.Remove(member.Id.Value))
                goesOnSince[member.Id.Value] = member.TickNow;
            Look(member);
        }
    }

    private void Look(Machine member)
    {
        if (!IsOverdue(member))
        {
            overdue.Remove(member.Id.Value);
            return;
        }

        (int life, int looks) = overdue.GetValueOrDefault(member.Id.Value, (member.Life, 0));
        overdue[member.Id.Value] = (member.Life, life == member.Life ? looks + 1 : 1);
        CheckFailedException.Unless(
            overdue[member.Id.Value].Looks < LooksMax,
            Promise.Liveness,
            $"a caller at member {member.Id} was not told how its request ended, though its time was over long ago: {world.Describe()}");
    }

    private bool IsOverdue(Machine member)
    {
        if (member is not { IsRunning: true, IsPaused: false, Process: { Callers: { } callers } process })
            return false;
        long allowed = world.Options.Replica.RequestTicks + (Grace / world.Options.TickNanoseconds);
        Tick oldest = callers.OldestAsked;
        Tick taken = Tick.Max(oldest, goesOnSince.GetValueOrDefault(member.Id.Value, oldest));
        return oldest != Tick.Never && member.TickNow - taken > allowed && process.Driver.Loop!.Status.Applied >= member.Status!.Value.Commit;
    }
}
