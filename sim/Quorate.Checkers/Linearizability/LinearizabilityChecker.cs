namespace Quorate.Checkers;

/// <summary>What was found about a history.</summary>
/// <param name="Verdict">The verdict on the whole: not linearizable if one key is not, else unknown if one is.</param>
/// <param name="Operations">Operations looked at.</param>
/// <param name="Keys">Keys they were about.</param>
/// <param name="Steps">Steps of all searches.</param>
/// <param name="Explanation">One line for people; empty when linearizable.</param>
public sealed record HistoryVerdict(Verdict Verdict, int Operations, int Keys, long Steps, string Explanation);

/// <summary>
/// Checks a whole history. Linearizability is local (Herlihy and Wing 1990): it holds for a store if it holds for each key, so each key
/// is searched alone. The revisions of answers, which belong to the whole store, are checked across keys.
/// </summary>
public static class LinearizabilityChecker
{
    /// <summary>Steps for one key at most, unless said otherwise: some seconds.</summary>
    public const long StepsMaxDefault = 20_000_000;

    /// <summary>Checks <paramref name="history"/>, giving each key <paramref name="stepsMax"/>.</summary>
    public static HistoryVerdict Check(IReadOnlyList<Operation> history, long stepsMax = StepsMaxDefault)
    {
        SortedDictionary<string, List<Operation>> keys = ByKey(history);
        if (RevisionOrder.Check(history) is { } backwards)
            return new HistoryVerdict(Verdict.NotLinearizable, history.Count, keys.Count, 0, backwards);
        var worst = Verdict.Linearizable;
        string explanation = "";
        long steps = 0;
        foreach ((string key, List<Operation> operations) in keys)
        {
            Verdict verdict = CheckKey(key, operations, stepsMax, ref steps, out string why);
            if (verdict == Verdict.NotLinearizable)
                return new HistoryVerdict(verdict, history.Count, keys.Count, steps, why);
            if (verdict == Verdict.Unknown && worst == Verdict.Linearizable)
                (worst, explanation) = (verdict, why);
        }

        return new HistoryVerdict(worst, history.Count, keys.Count, steps, explanation);
    }

    private static SortedDictionary<string, List<Operation>> ByKey(IReadOnlyList<Operation> history)
    {
        var keys = new SortedDictionary<string, List<Operation>>(StringComparer.Ordinal);
        foreach (Operation operation in history)
        {
            // What failed had no effect; a read without an answer says nothing.
            if (operation.Outcome == Outcome.Failed || operation is { Kind: OperationKind.Get, Outcome: Outcome.Unknown })
                continue;
            if (!keys.TryGetValue(operation.Key, out List<Operation>? list))
                keys.Add(operation.Key, list = []);
            list.Add(operation);
        }

        return keys;
    }

    private static Verdict CheckKey(string key, List<Operation> operations, long stepsMax, ref long steps, out string why)
    {
        SeenEffects.Settle(operations);
        // In order of time, so that what a search has taken is a prefix and a narrow edge.
        operations.Sort((a, b) => (a.Call, a.Return, a.Line).CompareTo((b.Call, b.Return, b.Line)));
        var intervals = new List<Interval>(operations.Count);
        foreach (Operation operation in operations)
            intervals.Add(new Interval(operation.Call, operation.Outcome == Outcome.Unknown ? long.MaxValue : operation.Return));
        var search = new WglSearch<KeyState>(new KeyModel(operations), intervals);
        Verdict verdict = search.Run(stepsMax);
        steps += search.Steps;
        why = verdict switch
        {
            Verdict.Linearizable => "",
            Verdict.Unknown => $"key \"{key}\": no verdict on {operations.Count} operations within {stepsMax} steps",
            Verdict.NotLinearizable =>
                $"key \"{key}\": no order explains its {operations.Count} operations; the best explains {search.LongestPrefix} of them and"
                + $" cannot get past {Spell(operations[search.Stuck])}",
        };
        return verdict;
    }

    private static string Spell(Operation operation)
    {
        string place = operation.Line > 0 ? $"line {operation.Line}" : $"the one called at {operation.Call}";
        string what = operation.Kind switch
        {
            OperationKind.Get => $"get = {operation.Value ?? "nothing"}",
            OperationKind.Put => $"put {operation.Value}",
            OperationKind.Delete => operation.Changed is { } changed ? $"delete = {(changed ? "removed" : "nothing there")}" : "delete",
            OperationKind.CompareAndSet => $"cas to {operation.Value} = {(operation.Changed == true ? "set" : "not set")}",
        };
        return $"{place} ({what}, client {operation.Client})";
    }
}
