namespace Quorate.Checkers;

/// <summary>What one key holds.</summary>
/// <param name="Value">The number of its value; 0 when it is absent.</param>
/// <param name="ModRevision">The revision that set it; 0 when absent or not known.</param>
public readonly record struct KeyState(int Value, long ModRevision);

/// <summary>A key of a store with revisions: get, put, delete, compare-and-set by value or revision.</summary>
public sealed class KeyModel : ISequentialModel<KeyState>
{
    private readonly IReadOnlyList<Operation> operations;
    private readonly Dictionary<string, int> values = new(StringComparer.Ordinal);

    /// <summary>A model of the key that these operations are about.</summary>
    public KeyModel(IReadOnlyList<Operation> operations) => this.operations = operations;

    /// <inheritdoc/>
    public KeyState Initial => default;

    /// <inheritdoc/>
    public int Branches => 2;

    /// <inheritdoc/>
    public bool Step(in KeyState state, int operation, int branch, out KeyState next)
    {
        Operation op = operations[operation];
        next = state;
        return op.Kind switch
        {
            OperationKind.Get => branch == 0 && Get(op, state, out next),
            OperationKind.Put => branch == 0 && Set(op, state, out next),
            OperationKind.Delete => branch == 0 && Delete(op, state, out next),
            OperationKind.CompareAndSet => CompareAndSet(op, state, branch, out next),
        };
    }

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
        next = new KeyState(NumberOf(op.Value), op.Outcome == Outcome.Ok ? op.Revision : 0);
        return next.ModRevision == 0 || next.ModRevision > state.ModRevision;
    }

    private static bool Delete(Operation op, in KeyState state, out KeyState next)
    {
        next = default;
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
        return state.ModRevision == 0 ? (revision == 0 ? false : null) : state.ModRevision == revision;
    }

    private int NumberOf(string? value)
    {
        if (value is null)
            return 0;
        if (!values.TryGetValue(value, out int number))
            values.Add(value, number = values.Count + 1);
        return number;
    }
}
