namespace Quorate.Checkers;

/// <summary>What one key holds.</summary>
/// <param name="Value">The number of its value; 0 when it is absent, 1 for any value that nobody names.</param>
/// <param name="ModRevision">The revision that set it; 0 when absent or not known.</param>
/// <param name="Placed">How many answers that name a revision have been placed.</param>
/// <param name="Floor">The highest revision at which an answer was given so far; what comes later is not answered below it.</param>
/// <param name="Unseen">An operation of unknown outcome made it so, and no other has been answered from it yet.</param>
public readonly record struct KeyState(int Value, long ModRevision, int Placed = 0, long Floor = 0, bool Unseen = false);

/// <summary>
/// A key of a store with revisions: get, put, delete, compare-and-set by value or revision. An effect of unknown outcome that the next
/// operation would overwrite without looking is refused: the history in which it never happened explains as much.
/// </summary>
public sealed class KeyModel : ISequentialModel<KeyState>
{
    private const int Nameless = 1; // every value that no answer shows and no comparison expects: nothing tells one from another

    private readonly IReadOnlyList<Operation> operations;
    private readonly Dictionary<string, int> values = new(StringComparer.Ordinal);
    private readonly Dictionary<int, int> settersPlaced = []; // of a value: so many answers placed, and whoever may set it has
    private readonly int[] kin;
    private readonly HashSet<long> answeredRevisions;

    // Revisions number the states of the store: they say in which order answers were given, so that only effects without one are to be guessed.
    private readonly Operation[] answers;
    private readonly int[] places;

    /// <summary>A model of the key that these operations are about.</summary>
    public KeyModel(IReadOnlyList<Operation> operations)
    {
        this.operations = operations;
        foreach (Operation operation in operations)
        {
            string? named = operation.Kind == OperationKind.Get ? operation.Value : operation.Expected;
            if (named is not null && !values.ContainsKey(named))
                values.Add(named, Nameless + 1 + values.Count);
        }

        answeredRevisions = [.. operations.Where(o => o.Outcome == Outcome.Ok && Changes(o)).Select(o => o.Revision)];
        int[] order =
        [
            .. Enumerable.Range(0, operations.Count)
                .Where(i => operations[i] is { Outcome: Outcome.Ok, Revision: > 0 })
                .OrderBy(i => operations[i].Revision).ThenBy(i => Changes(operations[i]) ? 0 : 1).ThenBy(i => operations[i].Call),
        ];
        answers = [.. order.Select(i => operations[i])];
        places = new int[operations.Count];
        Array.Fill(places, -1);
        for (int i = 0; i < order.Length; i++)
            places[order[i]] = i;
        for (int i = 0; i < operations.Count; i++)
        {
            if (operations[i] is { Kind: OperationKind.Put or OperationKind.CompareAndSet, Changed: not false })
            {
                int value = NumberOf(operations[i].Value);
                int placed = places[i] < 0 ? int.MaxValue : places[i] + 1;
                settersPlaced[value] = Math.Max(settersPlaced.GetValueOrDefault(value), placed);
            }
        }

        kin = new int[operations.Count];
        var kinds = new Dictionary<(OperationKind, int, int, long?), int>();
        for (int i = 0; i < kin.Length; i++)
        {
            Operation o = operations[i];
            var kind = (o.Kind, NumberOf(o.Value), NumberOf(o.Expected), o.ExpectedRevision);
            kinds.TryAdd(kind, kinds.Count);
            kin[i] = kinds[kind];
        }
    }

    /// <inheritdoc/>
    public KeyState Initial => default;

    /// <inheritdoc/>
    public int Branches => 2;

    /// <inheritdoc/>
    public bool Step(in KeyState state, int operation, int branch, out KeyState next)
    {
        Operation op = operations[operation];
        bool isUnknown = op.Outcome == Outcome.Unknown;
        next = state;
        if ((state.Unseen && IsBlind(op)) || !IsInOrder(operation, state))
            return false;
        bool fits = op.Kind switch
        {
            OperationKind.Get => branch == 0 && Get(op, state, out next),
            OperationKind.Put => branch == 0 && Set(op, state, out next),
            OperationKind.Delete => branch == 0 && Delete(op, state, out next),
            OperationKind.CompareAndSet => CompareAndSet(op, state, branch, out next),
        };
        // What nobody was told of and what changes nothing need not have happened.
        bool idle = isUnknown && next == state with { Unseen = false };
        // A change without an answer had a revision of its own, too.
        long unanswered = isUnknown && state.Floor > 0 ? state.Floor + 1 : 0;
        int placed = state.Placed + (places[operation] < 0 ? 0 : 1);
        next = next with { Placed = placed, Floor = Math.Max(state.Floor, Math.Max(op.Revision, unanswered)), Unseen = isUnknown };
        return fits && !idle;
    }

    /// <inheritdoc/>
    public int KinOf(int operation) => kin[operation];

    /// <inheritdoc/>
    /// <remarks>A comparison with what was, and cannot come back.</remarks>
    public bool IsSpent(in KeyState state, int operation)
    {
        Operation op = operations[operation];
        if (op.Kind != OperationKind.CompareAndSet)
            return false;
        if (op.ExpectedRevision is { } revision)
            return revision > 0 && revision != state.ModRevision && revision < state.Floor && answeredRevisions.Contains(revision);
        return op.Expected is not null && NumberOf(op.Expected) != state.Value
            && settersPlaced.GetValueOrDefault(NumberOf(op.Expected)) <= state.Placed;
    }

    /// <summary>Whether an operation's revision, or the want of one, allows it to come next.</summary>
    private bool IsInOrder(int operation, in KeyState state)
    {
        if (places[operation] >= 0)
            return places[operation] == state.Placed && LeavesRoom(operations[operation], state.Floor);
        // An effect without an answer takes a revision between the last answer's and the next one's.
        return operations[operation].Outcome != Outcome.Unknown || state.Floor == 0 || state.Placed == answers.Length
            || LeavesRoom(answers[state.Placed], state.Floor + 1);
    }

    private static bool LeavesRoom(Operation next, long floor) => Changes(next) ? next.Revision > floor : next.Revision >= floor;

    private static bool Changes(Operation op) =>
        op.Kind == OperationKind.Put || (op.Kind != OperationKind.Get && op.Changed == true);

    private static bool IsBlind(Operation op) =>
        op.Kind == OperationKind.Put || (op.Kind == OperationKind.Delete && (op.Outcome == Outcome.Unknown || op.Changed is null));

    private bool Get(Operation op, in KeyState state, out KeyState next)
    {
        next = state;
        if (op.Outcome == Outcome.Unknown)
            return true;
        if (NumberOf(op.Value) != state.Value)
            return false;
        if (state.Value == 0 || op.ModRevision == 0)
            return true;
        if (state.ModRevision == 0)
            next = state with { ModRevision = op.ModRevision }; // set by a write whose answer was lost: now it is known
        return next.ModRevision == op.ModRevision;
    }

    private bool Set(Operation op, in KeyState state, out KeyState next)
    {
        next = state with { Value = NumberOf(op.Value), ModRevision = op.Outcome == Outcome.Ok ? op.Revision : 0 };
        return next.ModRevision == 0 || next.ModRevision > state.ModRevision;
    }

    private static bool Delete(Operation op, in KeyState state, out KeyState next)
    {
        next = state with { Value = 0, ModRevision = 0 };
        if (op.Outcome == Outcome.Unknown || op.Changed is not { } changed)
            return true;
        return changed == (state.Value != 0);
    }

    private bool CompareAndSet(Operation op, in KeyState state, int branch, out KeyState next)
    {
        bool? matches = Matches(op, state);
        bool changes = branch == 0;
        next = state;
        if (op.Outcome == Outcome.Ok && op.Changed != changes)
            return false;
        if (matches is { } known && known != changes)
            return false;
        return !changes || Set(op, state, out next);
    }

    /// <summary>Whether the comparison holds; null when the key's revision is not known.</summary>
    private bool? Matches(Operation op, in KeyState state)
    {
        if (op.ExpectedRevision is not { } revision)
            return NumberOf(op.Expected) == state.Value;
        if (state.Value == 0)
            return revision == 0;
        if (state.ModRevision != 0)
            return state.ModRevision == revision;
        // Set by a write without an answer: at none of the revisions that answers named as theirs.
        return revision == 0 || answeredRevisions.Contains(revision) ? false : null;
    }

    private int NumberOf(string? value) => value is null ? 0 : values.GetValueOrDefault(value, Nameless);
}
