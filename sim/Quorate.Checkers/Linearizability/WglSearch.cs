namespace Quorate.Checkers;

/// <summary>
/// Searches an order of operations that explains their answers and respects real time (Wing and Gong 1993), never visiting the same
/// set of operations with the same state twice (Lowe 2017).
/// </summary>
public sealed class WglSearch<TState>
    where TState : struct, IEquatable<TState>
{
    private readonly ISequentialModel<TState> model;
    private readonly EventList events;
    private readonly LinearizedSet linearized;
    private readonly HashSet<Configuration> seen = [];
    private readonly Stack<Frame> stack = new();
    private readonly int operations;

    /// <summary>A search over the operations whose intervals are given, in their order.</summary>
    public WglSearch(ISequentialModel<TState> model, IReadOnlyList<Interval> intervals)
    {
        this.model = model;
        operations = intervals.Count;
        events = new EventList(intervals);
        linearized = new LinearizedSet(operations);
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
        while (!events.IsEmpty)
        {
            if (++Steps > stepsMax)
                return Verdict.Unknown;
            if (events.IsCall(at))
            {
                if (TryStep(at, ref state, ref branch))
                {
                    at = events.First;
                    branch = 0;
                }
                else
                {
                    at = events.Next(at);
                    branch = 0;
                }

                continue;
            }

            // A return of what is not linearized yet: something before it was chosen wrongly.
            NoteStuck(at);
            if (!stack.TryPop(out Frame frame))
                return Verdict.NotLinearizable;
            state = frame.Before;
            linearized.Remove(frame.Operation);
            events.Restore(frame.Operation);
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
            if (seen.Add(new Configuration(linearized.Key(), next)))
            {
                stack.Push(new Frame(operation, branch, state));
                events.Remove(operation);
                state = next;
                return true;
            }

            linearized.Remove(operation);
        }

        return false;
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
