using Quorate.Consensus;
using Quorate.Paxos.Synod;

namespace Quorate.Simulation.Exploration;

/// <summary>
/// Looks at every state that real members of the Synod can reach within bounds, breadth first: the first violation found is one of the
/// shortest. Deterministic. Owner: one thread; one explorer explores once.
/// </summary>
public sealed class SynodExplorer
{
    private const int ProgressEvery = 1 << 16;

    private readonly SynodBounds bounds;
    private readonly SynodContents contents = new();
    private readonly SynodNodes nodes;
    private readonly SynodVotes votes;
    private readonly SynodOrder order;
    private readonly StateSet seen = new();
    private readonly StateQueue frontier = new();
    private readonly PathLog paths = new();
    private readonly SynodWorld world;
    private readonly SynodWorld next;
    private readonly byte[] packed = new byte[SynodWorld.PackedBytesMax];
    private readonly Ballot[] promised;
    private readonly long[] byBallots;
    private long expanded;
    private long transitions;
    private long withDecision;
    private long levelEnd = 1;
    private int depth;
    private string? violation;
    private List<WorldAction>? violationPath;

    /// <summary>An explorer that has not begun.</summary>
    public SynodExplorer(SynodBounds bounds)
    {
        Invariant.Check(bounds.Acceptors is >= 1 and <= 5 && bounds.Proposers is >= 1 and <= 2);
        this.bounds = bounds;
        nodes = new SynodNodes(bounds, contents);
        votes = new SynodVotes(bounds, contents, nodes);
        order = new SynodOrder(bounds, nodes, votes);
        world = new SynodWorld(bounds.Members, bounds.Proposers);
        next = new SynodWorld(bounds.Members, bounds.Proposers);
        promised = new Ballot[bounds.Acceptors];
        byBallots = new long[(bounds.Proposers * bounds.BallotsEach) + 1];
    }

    /// <summary>Explores until nothing is left, a promise is broken, or so many states are found.</summary>
    /// <param name="statesMax">No state is expanded once so many are found.</param>
    /// <param name="progress">Called now and then.</param>
    public ExplorationResult Explore(long statesMax = long.MaxValue, Action<ExplorationResult>? progress = null)
    {
        Invariant.Check(paths.Count == 0); // it explores once
        First(next);
        Keep(0, default);
        while (violation is null && seen.Count < statesMax && frontier.TryTake(out ReadOnlySpan<byte> state))
        {
            if (expanded == levelEnd)
                (levelEnd, depth) = (seen.Count, depth + 1);
            world.Unpack(state);
            Expand();
            expanded++;
            if (expanded % ProgressEvery == 0)
                progress?.Invoke(Result());
        }

        string title = violation ?? $"A way to the last state found in the bounds '{bounds.Name}'";
        List<WorldAction> path = violationPath ?? paths.To(paths.Count - 1);
        return Result() with { Script = Script(title, path) };
    }

    private void First(SynodWorld begun)
    {
        for (int i = 0; i < begun.Members.Length; i++)
            begun.Members[i] = nodes.First(IdOf(i));
        Array.Fill(begun.Left, checked((byte)bounds.BallotsEach));
    }

    private void Expand()
    {
        for (int member = 0; member < world.Members.Length; member++)
        {
            if (bounds.ProposerAt(member) is >= 0 and var proposer && world.Left[proposer] > 0)
                TryBoth(new(ActionKind.Campaign, member, false, 0));
            Try(new(ActionKind.Crash, member, false, 0));
        }

        foreach (int message in world.Messages)
        {
            TryBoth(new(ActionKind.Deliver, SynodWorld.ToOf(message), false, message));
            if (SynodWorld.ToOf(message) < bounds.Acceptors)
                Try(new(ActionKind.Refuse, SynodWorld.ToOf(message), false, message));
        }
    }

    /// <summary>An action, and the same with a power cut before what it writes is durable.</summary>
    private void TryBoth(WorldAction action)
    {
        Try(action);
        Try(action with { PowerCut = true });
    }

    private void Try(WorldAction action)
    {
        if (violation is not null)
            return;
        next.CopyFrom(world);
        if (!Do(next, action, out string? broken) && broken is null)
            return; // nothing came of it
        transitions++;
        broken ??= Validity(next);
        if (broken is null)
        {
            next.Votes = Matter(next, next.Votes);
            Expire(next);
            order.Apply(next);
            broken = votes.Broken(next.Votes);
        }

        if (broken is null)
        {
            Keep((uint)expanded, action);
            return;
        }

        violation = broken;
        violationPath = paths.To((uint)expanded);
        violationPath.Add(action);
    }

    /// <summary>Does an action to a state.</summary>
    /// <returns>Whether anything came of it.</returns>
    private bool Do(SynodWorld state, WorldAction action, out string? broken)
    {
        SynodStep step = Take(state, action);
        broken = step.Next < 0 ? nodes.Broken : null;
        if (step.Next < 0)
            return false;
        bool changed = state.Members[action.Member] != step.Next;
        state.Members[action.Member] = step.Next;
        if (action.Kind == ActionKind.Campaign)
            state.Left[bounds.ProposerAt(action.Member)]--;
        foreach ((NodeId to, int content) in nodes.Sent(step))
        {
            if (to == bounds.LearnerId)
            {
                int before = state.Votes;
                state.Votes = votes.Add(before, action.Member, content);
                changed |= state.Votes != before;
                broken ??= votes.Broken(state.Votes);
            }
            else if (contents[content].Message is not Refused)
            {
                changed |= state.Send(SynodWorld.Message(content, action.Member, (int)to.Value - 1));
            }
            else if (action.Kind == ActionKind.Refuse)
            {
                changed |= Hear(state, action.Member, to, content, ref broken);
            }
        }

        return changed;
    }

    private SynodStep Take(SynodWorld state, WorldAction action)
    {
        int from = state.Members[action.Member];
        if (action.Kind is ActionKind.Campaign or ActionKind.Crash)
            return nodes.Take(IdOf(action.Member), from, action.Kind, action.PowerCut);
        NodeId sender = IdOf(SynodWorld.FromOf(action.Argument));
        return nodes.Take(IdOf(action.Member), from, ActionKind.Deliver, action.PowerCut, sender, SynodWorld.ContentOf(action.Argument));
    }

    /// <summary>A proposer hears at once that it was refused.</summary>
    private bool Hear(SynodWorld state, int acceptor, NodeId to, int refused, ref string? broken)
    {
        int proposer = (int)to.Value - 1;
        SynodStep heard = nodes.Take(to, state.Members[proposer], ActionKind.Deliver, powerCut: false, IdOf(acceptor), refused);
        if (heard.Next < 0)
        {
            broken ??= nodes.Broken;
            return false;
        }

        bool changed = state.Members[proposer] != heard.Next;
        state.Members[proposer] = heard.Next;
        return changed;
    }

    // Validity: only what somebody proposed is decided.
    private string? Validity(SynodWorld state)
    {
        if (votes.Decided(state.Votes) is not { } decided)
            return null;
        for (int i = 0; i < bounds.Proposers; i++)
        {
            if (decided == SynodBounds.ValueOf(i) && state.Left[i] < bounds.BallotsEach)
                return null;
        }

        return $"validity: {decided} is decided, and nobody proposed it";
    }

    private int Matter(SynodWorld state, int set)
    {
        if (!bounds.ForgetsVotes)
            return set;
        for (int i = 0; i < promised.Length; i++)
            promised[i] = nodes[state.Members[i]].State.Promised;
        return votes.Forget(set, promised);
    }

    /// <summary>Takes out what nobody will ever listen to: with it and without it a state is the same.</summary>
    private void Expire(SynodWorld state)
    {
        for (int i = state.Messages.Length - 1; i >= 0; i--)
        {
            int message = state.Messages[i];
            if ((!bounds.ProposersVote && IsUseless(state, message)) || (IsLate(state, message) && ChangesNothing(state, message)))
                state.RemoveAt(i);
        }
    }

    /// <summary>
    /// Whether a Prepare is answered to nobody: its proposer has its promises, or has gone on. It could only raise a promise, so that the
    /// acceptor refuses more: as if that had been lost. Who proposes itself, however, begins above what it has promised.
    /// </summary>
    private bool IsUseless(SynodWorld state, int message)
    {
        SynodContent content = contents[SynodWorld.ContentOf(message)];
        SynodNode from = nodes[state.Members[SynodWorld.FromOf(message)]];
        return content.Message is Prepare && (content.Ballot != from.Used || from.Phase != ProposerPhase.Preparing);
    }

    private bool IsLate(SynodWorld state, int message)
    {
        SynodContent content = contents[SynodWorld.ContentOf(message)];
        SynodNode to = nodes[state.Members[SynodWorld.ToOf(message)]];
        if (content.Message is Promise)
            return true; // a proposer that does not take it now has it, has enough, or has gone on
        // The proposer may still have to hear that it is refused.
        SynodNode from = nodes[state.Members[SynodWorld.FromOf(message)]];
        bool isOver = content.Ballot != from.Used || from.Phase == ProposerPhase.Idle;
        return content.Message is Prepare
            ? content.Ballot <= to.State.Promised && (isOver || content.Ballot == to.State.Promised)
            : content.Ballot == to.State.Accepted?.Ballot || (isOver && content.Ballot < to.State.Promised);
    }

    private bool ChangesNothing(SynodWorld state, int message)
    {
        int member = SynodWorld.ToOf(message);
        SynodStep step = Take(state, new(ActionKind.Deliver, member, false, message));
        if (step.Next != state.Members[member])
            return false;
        foreach ((NodeId to, int content) in nodes.Sent(step))
        {
            bool known = contents[content].Message switch
            {
                Refused => true,
                Accepted => Matter(state, votes.Add(state.Votes, member, content)) == state.Votes,
                Promise => IsHeard(state, member, to, content),
                _ => false,
            };
            if (!known)
                return false;
        }

        return true;
    }

    /// <summary>Whether a promise is on its way, or of no use to its receiver.</summary>
    private bool IsHeard(SynodWorld state, int acceptor, NodeId to, int promise)
    {
        int proposer = (int)to.Value - 1;
        if (state.Has(SynodWorld.Message(promise, acceptor, proposer)))
            return true;
        SynodStep heard = nodes.Take(to, state.Members[proposer], ActionKind.Deliver, powerCut: false, IdOf(acceptor), promise);
        return heard.Next == state.Members[proposer] && heard.SentCount == 0;
    }

    private void Keep(uint parent, WorldAction action)
    {
        int length = next.Pack(packed);
        ReadOnlySpan<byte> bytes = packed.AsSpan(0, length);
        if (!seen.Add(ByteHash.Of(bytes)))
            return;
        frontier.Add(bytes);
        paths.Add(parent, action);
        int begun = bounds.Proposers * bounds.BallotsEach;
        foreach (byte left in next.Left)
            begun -= left;
        byBallots[begun]++;
        withDecision += votes.Decided(next.Votes) is null ? 0 : 1;
    }

    private static NodeId IdOf(int member) => new((ulong)member + 1);

    /// <summary>The way to a state in words. Acceptors are renumbered on the way; here they keep the numbers that they began with.</summary>
    private string Script(string title, List<WorldAction> path)
    {
        var lines = new List<string> { $"# {title}", "" };
        int[] names = [.. Enumerable.Range(1, world.Members.Length)];
        var walked = new SynodWorld(bounds.Members, bounds.Proposers);
        First(walked);
        foreach (WorldAction action in path)
        {
            lines.Add("> " + Words(action, names));
            Do(walked, action, out string? broken);
            if (broken is not null)
                break;
            walked.Votes = Matter(walked, walked.Votes);
            Expire(walked);
            order.Apply(walked);
            int[] before = [.. names];
            for (int i = 0; i < bounds.Acceptors; i++)
                names[i] = before[order.Last[i]];
        }

        return string.Join('\n', lines) + "\n";
    }

    private string Words(WorldAction action, int[] names)
    {
        string what = action.Kind switch
        {
            ActionKind.Campaign => $"propose {names[action.Member]} {SynodBounds.ValueOf(bounds.ProposerAt(action.Member))}",
            ActionKind.Crash => $"power-cut {names[action.Member]}",
            _ => $"deliver {names[SynodWorld.FromOf(action.Argument)]}->{names[action.Member]} {contents[SynodWorld.ContentOf(action.Argument)].Message}"
                + (action.Kind == ActionKind.Refuse ? ", refused" : ""),
        };
        return action.PowerCut ? $"{what}, power cut before it is durable" : what;
    }

    private ExplorationResult Result() => new()
    {
        States = seen.Count,
        Expanded = expanded,
        Transitions = transitions,
        Depth = depth,
        StatesByElections = byBallots,
        StatesWithCommits = withDecision,
        MemberStates = nodes.Count,
        Messages = contents.Count,
        CoreSteps = nodes.StepCount,
        LeftOut = 0,
        SizeBytes = seen.SizeBytes + frontier.SizeBytes + paths.SizeBytes,
        Violation = violation,
    };
}
