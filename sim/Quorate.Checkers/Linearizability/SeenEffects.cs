namespace Quorate.Checkers;

/// <summary>
/// Writes without an answer whose effect was seen. Where one write alone set a value, an answer that shows the value says that this write
/// took effect, before that answer came, and at which revision: then the search has nothing to guess. Linear in the operations of a key.
/// </summary>
internal static class SeenEffects
{
    /// <summary>Replaces such writes in <paramref name="operations"/>, all of one key, by what is known of them.</summary>
    public static void Settle(List<Operation> operations)
    {
        var writers = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < operations.Count; i++)
        {
            if (operations[i] is { Kind: OperationKind.Put or OperationKind.CompareAndSet, Value: { } value })
                writers[value] = writers.ContainsKey(value) ? -1 : i;
        }

        for (int i = 0; i < operations.Count; i++)
        {
            Operation seer = operations[i];
            if (seer.Outcome == Outcome.Ok && ValueSeen(seer) is { } value && writers.TryGetValue(value, out int writer) && writer >= 0)
                operations[writer] = Settled(operations[writer], seer);
        }
    }

    private static string? ValueSeen(Operation answered) => answered switch
    {
        { Kind: OperationKind.Get } => answered.Value,
        { Kind: OperationKind.CompareAndSet, Changed: true } => answered.Expected,
        _ => null,
    };

    private static Operation Settled(Operation write, Operation seer)
    {
        bool wasSettled = write.Outcome == Outcome.Ok && write.Settled;
        if (write.Outcome != Outcome.Unknown && !wasSettled)
            return write;
        // Seen before it was asked for: that no order explains, and the search will say so.
        long before = Math.Max(write.Call, wasSettled ? Math.Min(write.Return, seer.Return) : seer.Return);
        return write with
        {
            Outcome = Outcome.Ok,
            Settled = true,
            Return = before,
            Changed = write.Kind == OperationKind.CompareAndSet ? true : null,
            Revision = Math.Max(write.Revision, seer.ModRevision),
        };
    }
}
