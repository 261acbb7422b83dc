namespace Quorate.Simulation.Exploration;

/// <summary>For each state, in the order found: the state it was first reached from, and by what action. Eight bytes each.</summary>
internal sealed class PathLog
{
    private const int PieceShift = 16;

    private readonly List<(uint Parent, uint Action)[]> pieces = [];

    /// <summary>States recorded.</summary>
    public uint Count { get; private set; }

    /// <summary>Bytes of memory.</summary>
    public long SizeBytes => (long)pieces.Count << (PieceShift + 3);

    /// <summary>The next state found.</summary>
    public void Add(uint parent, WorldAction action)
    {
        if (Count >> PieceShift == pieces.Count)
            pieces.Add(new (uint, uint)[1 << PieceShift]);
        pieces[(int)(Count >> PieceShift)][Count & ((1 << PieceShift) - 1)] = (parent, action.Packed);
        Count = checked(Count + 1);
    }

    /// <summary>The actions that lead to a state from the first one.</summary>
    public List<WorldAction> To(uint state)
    {
        var path = new List<WorldAction>();
        while (state != 0)
        {
            (uint parent, uint action) = pieces[(int)(state >> PieceShift)][state & ((1 << PieceShift) - 1)];
            path.Add(WorldAction.Unpack(action));
            state = parent;
        }

        path.Reverse();
        return path;
    }
}
