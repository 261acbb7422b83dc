using Quorate.KeyValue.Commands;

namespace Quorate.KeyValue.Mvcc;

/// <summary>A transaction's compares.</summary>
internal static class Comparer
{
    /// <summary>Whether a compare holds for its key, or for each key of its range, now.</summary>
    public static bool Holds(in Compare compare, in ReadView view)
    {
        KeyRange range = KeyRange.Of(compare.Key, compare.RangeEnd);
        if (range.IsOneKey)
            return view.TryGet(range.From, view.Revision, out Record only) ? Holds(compare, only) : HoldsForNone(compare);

        bool any = false;
        var cursor = new Cursor(view.Tree, range);
        while (cursor.MoveNext())
        {
            if (!view.TryResolve(cursor.Current, view.Revision, out Record record))
                continue;
            any = true;
            if (!Holds(compare, record))
                return false;
        }

        return any || HoldsForNone(compare);
    }

    private static bool Holds(in Compare compare, Record record) => Holds(compare.Result, compare.Target switch
    {
        CompareTarget.Version => record.Version.CompareTo(compare.NumberForTarget),
        CompareTarget.Create => record.Create.CompareTo(compare.NumberForTarget),
        CompareTarget.Mod => record.Main.CompareTo(compare.NumberForTarget),
        CompareTarget.Value => record.Value.SequenceCompareTo(compare.ValueForTarget),
        CompareTarget.Lease => record.Lease.CompareTo(compare.NumberForTarget),
        _ => 0,
    });

    /// <summary>A key that does not exist has 0 for every number; its value compares with nothing.</summary>
    private static bool HoldsForNone(in Compare compare) => compare.Target switch
    {
        CompareTarget.Value => false,
        CompareTarget.Version or CompareTarget.Create or CompareTarget.Mod or CompareTarget.Lease =>
            Holds(compare.Result, 0L.CompareTo(compare.NumberForTarget)),
        _ => Holds(compare.Result, 0),
    };

    private static bool Holds(CompareResult wanted, int order) => wanted switch
    {
        CompareResult.Equal => order == 0,
        CompareResult.NotEqual => order != 0,
        CompareResult.Greater => order > 0,
        CompareResult.Less => order < 0,
        _ => true,
    };
}
