namespace Quorate.Simulation.Exploration;

/// <summary>Gives byte strings small numbers, from 0 on; equal ones the same.</summary>
internal sealed class Interner
{
    private readonly Dictionary<UInt128, int> numbers = [];

    /// <summary>How many are known.</summary>
    public int Count => numbers.Count;

    /// <summary>The number of <paramref name="bytes"/>.</summary>
    /// <returns>Whether they are new.</returns>
    public bool Add(ReadOnlySpan<byte> bytes, out int number)
    {
        UInt128 hash = ByteHash.Of(bytes);
        if (numbers.TryGetValue(hash, out number))
            return false;
        number = numbers.Count;
        numbers.Add(hash, number);
        return true;
    }
}
