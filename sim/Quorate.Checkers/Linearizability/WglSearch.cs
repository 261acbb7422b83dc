namespace Quorate.Checkers;

/// <summary>
/// Searches an order of operations that explains their answers and respects real time (Wing and Gong 1993), never visiting the same
/// set of operations with the same state twice (Lowe 2017). Operations that may never have taken effect are tried last, where no other
/// gets further, and none has to be placed: most of them nobody saw. Of those that act alike the one asked first is taken first: any order of them
/// explains as much as any other. Of those that can have no effect any more it is all one whether they had one.
/// </summary>
public sealed class WglSearch<TState>
    where TState : struct, IEquatable<TState>
{
    private readonly ISequentialModel<TState> model;
    private readonly EventList events;
    private readonly LinearizedSet linearized;
    private readonly HashSet<Configuration> seen = [];
    private readonly Stack<Frame> stack = new();
    private readonly bool[] optional;
    private readonly int[] optionals;
    private readonly LinearizedSet spent;
    private readonly int[] before; // of an optional operation: the one of its kin that goes first; -1: none
    private int mandatoryLeft;

    /// <summary>A search over the operations whose intervals are given, in their order.</summary>
    public WglSearch(ISequentialModel<TState> model, IReadOnlyList<Interval> intervals)
    {
        this.model = model;
        events = new EventList(intervals);
        linearized = new LinearizedSet(intervals.Count);
        optional = [.. intervals.Select(i => i.Return == long.MaxValue)];
        mandatoryLeft = optional.Count(o => !o);
        optionals = [.. Enumerable.Range(0, intervals.Count).Where(i => optional[i])];
        spent = new LinearizedSet(intervals.Count);
        before = new int[intervals.Count];
        Array.Fill(before, -1);
        var latest = new Dictionary<int, int>();
        foreach (int operation in optionals.OrderBy(i => intervals[i].Call))
        {
            if (latest.TryGetValue(model.KinOf(operation), out int earlier))
                before[operation] = earlier;
            latest[model.KinOf(operation)] = operation;
        }
    }

    /// <summary>The most operations that any order explained.</summary>
    public int LongestPrefix { get; private set; }

    /// <summary>When not linearizable: the operation that no order could get past, for messages.</summary>
    public int Stuck { get; private set; } = -1;

    /// <summary>Steps taken.</summary>
    public long Steps { get; private set; }

    /// <summary>Searches, giving up after <paramref name="stepsMax"/>.</summary>
    public Verdict Run(long stepsMax)
    {
        TState state = model.Initial;
        int at = events.First;
        int branch = 0;
        bool tryOptional = false;
        while (mandatoryLeft > 0)
        {
            if (++Steps > stepsMax)
                return Verdict.Unknown;
            if (events.IsCall(at))
            {
                int operation = events.OperationOf(at);
                bool isNext = optional[operation] == tryOptional && (before[operation] < 0 || linearized.Contains(before[operation]));
                if (isNext && TryStep(at, ref state, ref branch))
                {
                    at = events.First;
                    tryOptional = false;
                }
                else
                {
                    at = events.Next(at);
                }

                branch = 0;
                continue;
            }

            if (!tryOptional)
            {
                tryOptional = true;
                at = events.First;
                continue;
            }

            // A return of what is not linearized yet: something before it was chosen wrongly.
            NoteStuck(at);
            if (!stack.TryPop(out Frame frame))
                return Verdict.NotLinearizable;
            state = frame.Before;
            Undo(frame.Operation);
            tryOptional = optional[frame.Operation];
            at = events.CallOf(frame.Operation);
            branch = frame.Branch + 1;
        }

        return Verdict.Linearizable;
    }

    private bool TryStep(int at, ref TState state, ref int branch)
    {
        int operation = events.OperationOf(at);
        for (; branch < model.Branches; branch++)
        {
            if (!model.Step(state, operation, branch, out TState next))
                continue;
            linearized.Add(operation);
            if (seen.Add(ConfigurationWith(next)))
            {
                stack.Push(new Frame(operation, branch, state));
                events.Remove(operation);
                mandatoryLeft -= optional[operation] ? 0 : 1;
                state = next;
                return true;
            }

            linearized.Remove(operation);
        }

        return false;
    }

    private Configuration ConfigurationWith(in TState state)
    {
        spent.Clear();
        foreach (int operation in optionals)
        {
            if (model.IsSpent(state, operation))
                spent.Add(operation);
        }

        return new Configuration(linearized.KeyWith(spent), state);
    }

    private void Undo(int operation)
    {
        linearized.Remove(operation);
        events.Restore(operation);
        mandatoryLeft += optional[operation] ? 0 : 1;
    }

    private void NoteStuck(int at)
    {
        if (stack.Count < LongestPrefix && Stuck >= 0)
            return;
        LongestPrefix = stack.Count;
        Stuck = events.OperationOf(at);
    }

    private readonly record struct Frame(int Operation, int Branch, TState Before);

    private readonly record struct Configuration(SetKey Linearized, TState State);
}
