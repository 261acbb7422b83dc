using Quorate.KeyValue;
using Quorate.KeyValue.Commands;

namespace Quorate.Tests.KeyValue;

/// <summary>A version of a key, as the model keeps it. Text is Latin-1: a char is a byte.</summary>
internal sealed record Version(string Key, long Main, long Sub, bool IsDelete, long Create, long Count, string Value);

/// <summary>An operation, in a form that model and store both understand.</summary>
internal abstract record Op;

internal sealed record PutOp(string Key, string Value, long Lease, bool PrevKv, bool IgnoreValue, bool IgnoreLease) : Op;

internal sealed record DeleteOp(string Key, string End, bool PrevKv) : Op;

internal sealed record RangeOp(string Key, string End) : Op
{
    public long Limit { get; init; }

    public long Revision { get; init; }

    public SortOrder Order { get; init; }

    public SortTarget Target { get; init; }

    public bool KeysOnly { get; init; }

    public bool CountOnly { get; init; }

    public long MinMod { get; init; }

    public long MaxMod { get; init; }

    public long MinCreate { get; init; }

    public long MaxCreate { get; init; }
}

internal sealed record CompareOp(string Key, string End, CompareTarget Target, CompareResult Result, long Number, string Value);

internal sealed record TxnOp(CompareOp[] Compares, Op[] Then, Op[] Else) : Op;

internal sealed record CompactOp(long Revision) : Op;

/// <summary>A response that can be compared whole: the model's, or the store's read back.</summary>
internal sealed class Outcome
{
    public KeyValueError Error { get; init; }

    public long HeaderRevision { get; init; }

    public List<string> Pairs { get; init; } = [];

    public bool More { get; init; }

    public long Count { get; init; }

    public bool Succeeded { get; init; }

    public List<Outcome> Responses { get; init; } = [];

    public static Outcome Of(Response response) => new()
    {
        HeaderRevision = response.HeaderRevision,
        Pairs = [.. response.Pairs.Select(p =>
            $"{Driver.Text(p.Key)}={Driver.Text(p.Value)} c{p.CreateRevision} m{p.ModRevision} v{p.Version} l{p.Lease}")],
        More = response.More,
        Count = response.Count,
        Succeeded = response.Succeeded,
        Responses = [.. response.Responses.Select(Of)],
    };

    public override string ToString() => Error != KeyValueError.None
        ? $"{Error}"
        : $"@{HeaderRevision} [{string.Join(", ", Pairs)}] more={More} count={Count} ok={Succeeded} <{string.Join(" | ", Responses)}>";
}

/// <summary>
/// The key-value store as a list of versions for each key: nothing is clever here. A transaction runs on a copy, which is thrown away
/// when anything in it is refused.
/// </summary>
internal sealed class Model
{
    private SortedDictionary<string, List<Version>> keys = new(StringComparer.Ordinal);
    private long changes;

    public long Revision { get; private set; } = 1;

    public long Compacted { get; private set; } = -1;

    private long Now => changes > 0 ? Revision + 1 : Revision;

    /// <summary>Applies an operation; the header's revision is left to the caller of a top-level one.</summary>
    public Outcome Apply(Op op)
    {
        if (op is CompactOp compact)
            return new Outcome { Error = Compact(compact.Revision) };
        SortedDictionary<string, List<Version>> before = keys;
        keys = new(keys.ToDictionary(k => k.Key, k => k.Value.ToList()), StringComparer.Ordinal);
        changes = 0;
        Outcome outcome = op is TxnOp txn ? Txn(txn, new State(before, Revision), outermost: true) : One(op, Revision, alone: true);
        if (outcome.Error != KeyValueError.None)
            keys = before;
        else
            Revision = Now;
        changes = 0;
        return outcome;
    }

    public Outcome Range(RangeOp op) => Range(op, new State(keys, Revision));

    /// <summary>Every version that is not compacted, in the order of history, as etcd's backend would hold them.</summary>
    public IEnumerable<Version> History() => keys.Values.SelectMany(v => v).OrderBy(v => v.Main).ThenBy(v => v.Sub);

    public Version? At(string key, long revision) => new State(keys, Revision).At(key, revision);

    private static KeyValueError FirstError(IEnumerable<Outcome> outcomes) =>
        outcomes.Select(o => o.Error).FirstOrDefault(e => e != KeyValueError.None);

    private KeyValueError Compact(long revision)
    {
        if (revision <= Compacted)
            return KeyValueError.Compacted;
        if (revision > Revision)
            return KeyValueError.FutureRevision;
        Compacted = revision;
        foreach (string key in keys.Keys.ToArray())
        {
            List<Version> versions = keys[key];
            Version? floor = versions.LastOrDefault(v => v.Main <= revision);
            versions.RemoveAll(v => v.Main <= revision && (v.IsDelete ? v.Main != revision : v != floor));
            if (versions.Count == 0)
                keys.Remove(key);
        }

        return KeyValueError.None;
    }

    private Outcome One(Op op, long startRevision, bool alone)
    {
        switch (op)
        {
            case PutOp put:
                return Put(put, alone);
            case DeleteOp delete:
                return Delete(delete);
            case RangeOp range when range.Revision != 0 && range.Revision > startRevision:
                return new Outcome { Error = KeyValueError.FutureRevision };
            case RangeOp range when range.Revision != 0 && range.Revision < Compacted:
                return new Outcome { Error = KeyValueError.Compacted };
            case RangeOp range:
                return Range(range, new State(keys, Now));
            default:
                throw new InvalidOperationException($"{op}");
        }
    }

    private Outcome Txn(TxnOp txn, State before, bool outermost)
    {
        bool succeeded = txn.Compares.All(c => Holds(c, before));
        List<Outcome> responses = [];
        foreach (Op op in succeeded ? txn.Then : txn.Else)
            responses.Add(op is TxnOp nested ? Txn(nested, before, outermost: false) : One(op, before.Revision, alone: false));
        return new Outcome { Error = FirstError(responses), Succeeded = succeeded, Responses = responses };
    }

    private Outcome Put(PutOp put, bool alone)
    {
        Version? old = new State(keys, Now).At(put.Key, Now);
        if (old is null && (put.IgnoreValue || put.IgnoreLease) && !(alone && put.Lease != 0))
            return new Outcome { Error = KeyValueError.KeyNotFound };
        if (put.Lease != 0)
            return new Outcome { Error = KeyValueError.LeaseNotFound };
        Add(new Version(
            put.Key, Revision + 1, changes, false, old?.Create ?? Revision + 1, (old?.Count ?? 0) + 1, put.IgnoreValue ? old!.Value : put.Value));
        return new Outcome { HeaderRevision = Now, Pairs = put.PrevKv && old is not null ? [Show(old, true)] : [] };
    }

    private Outcome Delete(DeleteOp delete)
    {
        Version[] found = [.. new State(keys, Now).In(delete.Key, delete.End, Now)];
        foreach (Version version in found)
            Add(new Version(version.Key, Revision + 1, changes, true, 0, 0, ""));
        return new Outcome
        {
            HeaderRevision = Now, Count = found.Length, Pairs = delete.PrevKv ? [.. found.Select(v => Show(v, true))] : [],
        };
    }

    private void Add(Version version)
    {
        if (!keys.TryGetValue(version.Key, out List<Version>? versions))
            keys[version.Key] = versions = [];
        versions.Add(version);
        changes++;
    }

    private Outcome Range(RangeOp op, State state)
    {
        long at = op.Revision <= 0 ? state.Revision : op.Revision;
        if (at > state.Revision)
            return new Outcome { Error = KeyValueError.FutureRevision };
        if (at < Compacted)
            return new Outcome { Error = KeyValueError.Compacted };

        List<Version> found = [.. state.In(op.Key, op.End, at)];
        long count = found.Count;
        if (op.CountOnly)
            return new Outcome { HeaderRevision = state.Revision, Count = count };

        bool filters = op.MinMod != 0 || op.MaxMod != 0 || op.MinCreate != 0 || op.MaxCreate != 0;
        bool byKey = op.Order == SortOrder.None || (op.Order == SortOrder.Ascend && op.Target == SortTarget.Key);
        if (op.Limit > 0 && byKey && !filters)
            found = [.. found.Take((int)Math.Min(op.Limit + 1, int.MaxValue))];
        found.RemoveAll(v => (op.MaxMod != 0 && v.Main > op.MaxMod) || (op.MinMod != 0 && v.Main < op.MinMod)
            || (op.MaxCreate != 0 && v.Create > op.MaxCreate) || (op.MinCreate != 0 && v.Create < op.MinCreate));
        found = Sorted(found, op);
        bool more = op.Limit > 0 && found.Count > op.Limit;
        if (more)
            found = found[..(int)op.Limit];
        return new Outcome
        {
            HeaderRevision = state.Revision, Count = count, More = more, Pairs = [.. found.Select(v => Show(v, !op.KeysOnly))],
        };
    }

    private static List<Version> Sorted(List<Version> found, RangeOp op)
    {
        Comparison<Version> order = op.Target switch
        {
            SortTarget.Version => (a, b) => a.Count.CompareTo(b.Count),
            SortTarget.Create => (a, b) => a.Create.CompareTo(b.Create),
            SortTarget.Mod => (a, b) => a.Main.CompareTo(b.Main),
            SortTarget.Value => (a, b) => string.CompareOrdinal(a.Value, b.Value),
            _ => (a, b) => string.CompareOrdinal(a.Key, b.Key),
        };
        var comparer = Comparer<Version>.Create(op.Order == SortOrder.Descend ? (a, b) => order(b, a) : order);
        return [.. found.Order(comparer)];
    }

    private static string Show(Version v, bool withValue) =>
        $"{v.Key}={(withValue ? v.Value : "")} c{v.Create} m{v.Main} v{v.Count} l0";

    private static bool Holds(CompareOp compare, State state)
    {
        Version[] found = [.. state.In(compare.Key, compare.End, state.Revision)];
        if (found.Length == 0)
            return compare.Target != CompareTarget.Value && Holds(compare.Result, 0L.CompareTo(compare.Number));
        return found.All(v => Holds(compare.Result, compare.Target switch
        {
            CompareTarget.Version => v.Count.CompareTo(compare.Number),
            CompareTarget.Create => v.Create.CompareTo(compare.Number),
            CompareTarget.Mod => v.Main.CompareTo(compare.Number),
            CompareTarget.Lease => 0L.CompareTo(compare.Number),
            _ => string.CompareOrdinal(v.Value, compare.Value),
        }));
    }

    private static bool Holds(CompareResult wanted, int order) => wanted switch
    {
        CompareResult.Equal => order == 0,
        CompareResult.NotEqual => order != 0,
        CompareResult.Greater => order > 0,
        _ => order < 0,
    };

    private sealed record State(SortedDictionary<string, List<Version>> Keys, long Revision)
    {
        public Version? At(string key, long revision) =>
            Keys.TryGetValue(key, out List<Version>? versions) && versions.LastOrDefault(v => v.Main <= revision) is { IsDelete: false } found
                ? found
                : null;

        public IEnumerable<Version> In(string key, string end, long revision)
        {
            if (end.Length == 0)
                return At(key, revision) is { } one ? [one] : [];
            return Keys.Keys
                .Where(k => string.CompareOrdinal(k, key) >= 0 && (end == "\0" || string.CompareOrdinal(k, end) < 0))
                .Select(k => At(k, revision)).OfType<Version>();
        }
    }
}
