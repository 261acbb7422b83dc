namespace Quorate.Checkers;

/// <summary>Calls and returns in order of time, linked, so that an operation can be taken out and put back in place.</summary>
internal sealed class EventList
{
    private readonly int[] next;
    private readonly int[] previous;
    private readonly int[] operationOf;
    private readonly int[] callOf;
    private readonly int[] returnOf;
    private readonly int operations;

    public EventList(IReadOnlyList<Interval> intervals)
    {
        operations = intervals.Count;
        int events = operations * 2;
        operationOf = new int[events + 1];
        callOf = new int[operations];
        returnOf = new int[operations];
        next = new int[events + 1];
        previous = new int[events + 1];
        (long Time, bool IsReturn, int Operation)[] order = new (long, bool, int)[events];
        for (int i = 0; i < operations; i++)
        {
            order[2 * i] = (intervals[i].Call, false, i);
            order[2 * i + 1] = (intervals[i].Return, true, i);
        }

        // At the same time calls come first: operations that only touch count as concurrent.
        Array.Sort(order);
        for (int i = 0; i < events; i++)
        {
            int at = i + 1;
            operationOf[at] = order[i].Operation;
            (order[i].IsReturn ? returnOf : callOf)[order[i].Operation] = at;
            next[i] = at;
            previous[at] = i;
        }

        next[events] = 0;
        previous[0] = events;
    }

    /// <summary>The earliest event.</summary>
    public int First => next[0];

    public int Next(int at) => next[at];

    public bool IsCall(int at) => callOf[operationOf[at]] == at;

    public int OperationOf(int at) => operationOf[at];

    public int CallOf(int operation) => callOf[operation];

    /// <summary>Takes call and return of an operation out.</summary>
    public void Remove(int operation)
    {
        Unlink(callOf[operation]);
        Unlink(returnOf[operation]);
    }

    /// <summary>Puts the operation taken out last back.</summary>
    public void Restore(int operation)
    {
        Link(returnOf[operation]);
        Link(callOf[operation]);
    }

    private void Unlink(int at)
    {
        next[previous[at]] = next[at];
        previous[next[at]] = previous[at];
    }

    private void Link(int at)
    {
        next[previous[at]] = at;
        previous[next[at]] = at;
    }
}
