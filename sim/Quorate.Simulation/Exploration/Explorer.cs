using Quorate.Consensus;
using Quorate.Raft;

namespace Quorate.Simulation.Exploration;

/// <summary>
/// Looks at every state that real cores can reach within bounds, breadth first: so the first violation found is one of the shortest.
/// Deterministic: the same bounds give the same numbers. Owner: one thread; one explorer explores once.
/// </summary>
public sealed class Explorer
{
    private const int ProgressEvery = 1 << 16;

    private readonly ExplorationBounds bounds;
    private readonly WorldEntries entries = new();
    private readonly WorldMessages messages;
    private readonly MemberSteps steps;
    private readonly CommittedLogs committed = new();
    private readonly SafetyRules rules;
    private readonly bool symmetric;
    private readonly StateSet seen = new();
    private readonly StateQueue frontier = new();
    private readonly PathLog paths = new();
    private readonly int[] first;
    private readonly WorldState world;
    private readonly WorldState next;
    private readonly byte[] packed = new byte[WorldState.PackedBytesMax];
    private readonly long[] byElections = new long[ExplorationBounds.CampaignsMax + 1];
    private long expanded;
    private long transitions;
    private long withCommits;
    private long leftOut;
    private long levelEnd = 1;
    private int depth;
    private string? violation;
    private List<WorldAction>? violationPath;

    /// <summary>An explorer of Raft that has not begun.</summary>
    public Explorer(ExplorationBounds bounds)
        : this(new RaftEngine(), bounds)
    {
    }

    /// <summary>An explorer that has not begun.</summary>
    /// <param name="engine">Whose cores.</param>
    /// <param name="bounds">How far.</param>
    public Explorer(IConsensusEngine engine, ExplorationBounds bounds)
    {
        symmetric = engine.Name == "raft";
        Invariant.Check(bounds.Members >= 2 && bounds.Members <= (symmetric ? 7 : ExplorationBounds.PaxosMembersMax));
        Invariant.Check(symmetric || !bounds.PreVote); // who promised when is no part of a state, and says who answers pre-votes
        Invariant.Check(bounds.Campaigns <= ExplorationBounds.CampaignsMax);
        this.bounds = bounds;
        messages = new WorldMessages(engine);
        steps = new MemberSteps(new MemberStepper(engine, bounds, entries, messages));
        rules = symmetric ? new RaftRules(steps, committed, entries) : new PaxosRules(steps, committed, entries);
        first = new int[bounds.Members];
        for (int i = 0; i < first.Length; i++)
            first[i] = steps.First(new NodeId((ulong)i + 1));
        world = new WorldState(bounds.Members);
        next = new WorldState(bounds.Members);
    }

    /// <summary>Explores until nothing is left, a promise is broken, or so many states are found.</summary>
    /// <param name="statesMax">No state is expanded once so many are found.</param>
    /// <param name="progress">Called now and then.</param>
    public ExplorationResult Explore(long statesMax = long.MaxValue, Action<ExplorationResult>? progress = null)
    {
        Begin();
        while (violation is null && seen.Count < statesMax && frontier.TryTake(out ReadOnlySpan<byte> state))
        {
            if (expanded == levelEnd)
                (levelEnd, depth) = (seen.Count, depth + 1);
            world.Unpack(state);
            ExpandMembers();
            ExpandMessages();
            expanded++;
            if (expanded % ProgressEvery == 0)
                progress?.Invoke(Result());
        }

        string title = violation ?? $"A way to the last state found in the bounds '{bounds.Name}'";
        List<WorldAction> path = violationPath ?? paths.To(paths.Count - 1);
        return Result() with { Script = new PathScript(bounds, steps, messages).Write(title, first, path) };
    }

    private void Begin()
    {
        Invariant.Check(paths.Count == 0); // it explores once
        first.CopyTo(next.Members, 0);
        next.Left = new Budget(
            checked((byte)bounds.Campaigns), checked((byte)bounds.Proposals), checked((byte)bounds.Crashes),
            checked((byte)bounds.Drops), checked((byte)bounds.Duplicates));
        Keep(member: 0, parent: 0, default);
    }

    private void ExpandMembers()
    {
        Budget left = world.Left;
        for (int member = 0; member < bounds.Members; member++)
        {
            MemberState state = steps[world.Members[member]];
            if (left.Campaigns > 0 && state.Role != CoreRole.Leader)
                Try(new(ActionKind.Campaign, member, false, 0), left with { Campaigns = (byte)(left.Campaigns - 1) });
            if (left.Proposals > 0 && state.Role == CoreRole.Leader)
                Try(new(ActionKind.Propose, member, false, bounds.Proposals - left.Proposals), left with { Proposals = (byte)(left.Proposals - 1) });
            if (state.Pending.Length > 0)
                Try(new(ActionKind.Sync, member, false, 0), left);
            if (left.Crashes > 0)
                TryOnce(new(ActionKind.Crash, member, false, 0), left with { Crashes = (byte)(left.Crashes - 1) });
        }
    }

    private void ExpandMessages()
    {
        Budget left = world.Left;
        int before = -1;
        foreach (int message in world.Messages)
        {
            if (message == before)
                continue; // its equal was looked at
            before = message;
            int to = (int)messages[message].To.Value - 1;
            Try(new(ActionKind.Deliver, to, false, message), left);
            if (left.Duplicates > 0)
                Try(new(ActionKind.Duplicate, to, false, message), left with { Duplicates = (byte)(left.Duplicates - 1) });
            if (left.Drops > 0)
                Drop(new(ActionKind.Drop, to, false, message), left with { Drops = (byte)(left.Drops - 1) });
        }
    }

    /// <summary>An action, and where writes are durable at once also the same action with a power cut before they are.</summary>
    private void Try(WorldAction action, Budget left)
    {
        TryOnce(action, left);
        if (bounds.SyncAtOnce && left.Crashes > 0)
            TryOnce(action with { PowerCut = true }, left with { Crashes = (byte)(left.Crashes - 1) });
    }

    private void TryOnce(WorldAction action, Budget left)
    {
        if (violation is not null || !MayTouch(action.Member))
            return;
        int from = world.Members[action.Member];
        MemberStep step = steps.Take(from, action);
        if (step.Next < 0)
        {
            Report(steps.Broken, action);
            return;
        }

        // Nothing came of it. Where a message was ignored it may as well be on its way still: that allows no less.
        if (step.Next == from && step.SentCount == 0)
            return;
        next.CopyFrom(world);
        next.Left = left;
        next.Members[action.Member] = step.Next;
        if (action.Kind == ActionKind.Deliver)
            next.Remove(action.Argument);
        foreach (int message in steps.Sent(step))
            Send(message);
        Arrive(action);
    }

    private void Drop(WorldAction action, Budget left)
    {
        if (violation is not null || !MayTouch(action.Member))
            return;
        next.CopyFrom(world);
        next.Left = left;
        next.Remove(action.Argument);
        Arrive(action);
    }

    private void Send(int message)
    {
        int room = bounds.LinkMessagesMax;
        for (int i = next.MessageCount - 1; bounds.NewestOnly && i >= 0; i--)
        {
            WorldMessage older = messages[next.Messages[i]];
            if (older.From == messages[message].From && older.To == messages[message].To && --room <= 0)
                next.RemoveAt(i);
        }

        next.Send(message);
    }

    /// <summary>
    /// Symmetry: as long as nothing was done to some members in particular, the state is the same whichever way they are numbered, so it
    /// is enough to go on with the first of them. Not so with ballots, which are in the order of their members.
    /// </summary>
    private bool MayTouch(int member)
    {
        if (!symmetric)
            return true;
        int untouchedBefore = ~world.Touched & ((1 << member) - 1);
        return ((world.Touched >> member) & 1) != 0 || untouchedBefore == 0;
    }

    private void Arrive(WorldAction action)
    {
        transitions++;
        next.Touched |= (byte)(1 << action.Member);
        if (rules.Observe(next, action.Member) is { } broken)
        {
            Report(broken, action);
            return;
        }

        Expire();
        if (next.MessageCount > bounds.MessagesMax)
        {
            leftOut++;
            return;
        }

        if (Keep(action.Member, (uint)expanded, action) && rules.Check(next, action.Member) is { } rule)
            Report(rule, action);
    }

    /// <summary>Takes out what nobody will ever listen to: with it and without it a state is the same.</summary>
    private void Expire()
    {
        for (int i = next.MessageCount - 1; i >= 0; i--)
        {
            int number = next.Messages[i];
            WorldMessage message = messages[number];
            int to = (int)message.To.Value - 1;
            if (!message.Expires || message.Round >= MemberState.RoundOf(steps[next.Members[to]].Hard.Epoch))
                continue;
            MemberStep step = steps.Take(next.Members[to], new(ActionKind.Deliver, to, false, number));
            if (step.Next == next.Members[to] && step.SentCount == 0)
                next.RemoveAt(i);
        }
    }

    private bool Keep(int member, uint parent, WorldAction action)
    {
        int length = next.Pack(packed);
        ReadOnlySpan<byte> bytes = packed.AsSpan(0, length);
        if (!seen.Add(ByteHash.Of(bytes)))
            return false;
        frontier.Add(bytes);
        paths.Add(parent, action);
        byElections[next.Elections]++;
        withCommits += next.Committed != 0 ? 1 : 0;
        return true;
    }

    private void Report(string broken, WorldAction action)
    {
        violation = broken;
        violationPath = paths.To((uint)expanded);
        violationPath.Add(action);
    }

    private ExplorationResult Result() => new()
    {
        States = seen.Count,
        Expanded = expanded,
        Transitions = transitions,
        Depth = depth,
        StatesByElections = byElections[..(bounds.Campaigns + 1)],
        StatesWithCommits = withCommits,
        MemberStates = steps.StateCount,
        Messages = messages.Count,
        CoreSteps = steps.StepCount,
        LeftOut = leftOut,
        SizeBytes = seen.SizeBytes + frontier.SizeBytes + paths.SizeBytes + steps.SizeBytes,
        Violation = violation,
    };
}
