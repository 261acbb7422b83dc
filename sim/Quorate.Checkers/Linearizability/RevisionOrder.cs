namespace Quorate.Checkers;

/// <summary>
/// Revisions number the states of the whole store, so they must respect real time across keys: what was asked after an answer cannot be
/// answered from an older state, and a write makes a state of its own. Linear in the history but for the sort.
/// </summary>
public static class RevisionOrder
{
    /// <summary>Checks answers that carry a revision.</summary>
    /// <returns>Null when in order, else one line for people.</returns>
    public static string? Check(IReadOnlyList<Operation> history)
    {
        Operation[] answered = [.. history.Where(o => o.Outcome == Outcome.Ok && o.Revision > 0)];
        Operation[] byReturn = [.. answered.OrderBy(o => o.Return).ThenBy(o => o.Revision)];
        Operation[] byCall = [.. answered.OrderBy(o => o.Call).ThenBy(o => o.Return)];
        Operation? newest = null;
        int returned = 0;
        foreach (Operation operation in byCall)
        {
            for (; returned < byReturn.Length && byReturn[returned].Return < operation.Call; returned++)
            {
                if (newest is null || byReturn[returned].Revision > newest.Revision)
                    newest = byReturn[returned];
            }

            if (newest is not null && operation.Revision < newest.Revision)
                return Went(operation, newest, "older than");
            if (newest is not null && Writes(operation) && operation.Revision == newest.Revision)
                return Went(operation, newest, "no newer than");
        }

        return Twice(answered);
    }

    private static string? Twice(Operation[] answered)
    {
        var writers = new Dictionary<long, Operation>();
        foreach (Operation operation in answered)
        {
            if (Writes(operation) && !writers.TryAdd(operation.Revision, operation))
                return $"{Place(operation)} and {Place(writers[operation.Revision])} both wrote revision {operation.Revision}";
        }

        return null;
    }

    private static bool Writes(Operation operation) =>
        operation.Kind == OperationKind.Put || (operation.Kind != OperationKind.Get && operation.Changed == true);

    private static string Went(Operation operation, Operation before, string relation) =>
        $"{Place(operation)} was answered at revision {operation.Revision}, {relation} {before.Revision},"
        + $" which {Place(before)} had been answered with before it was called";

    private static string Place(Operation operation) =>
        operation.Line > 0 ? $"line {operation.Line}" : $"the operation called at {operation.Call}";
}
