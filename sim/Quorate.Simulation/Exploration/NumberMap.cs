using Quorate.Consensus;

namespace Quorate.Simulation.Exploration;

/// <summary>From 64 bits to a number, by open addressing. Keys are 1 and up.</summary>
internal sealed class NumberMap
{
    private ulong[] keys = new ulong[1 << 12];
    private int[] values = new int[1 << 12];

    /// <summary>Pairs held.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of memory.</summary>
    public long SizeBytes => keys.LongLength * (sizeof(ulong) + sizeof(int));

    /// <summary>Looks a key up.</summary>
    public bool TryGet(ulong key, out int value)
    {
        int at = Find(keys, key);
        value = values[at];
        return keys[at] == key;
    }

    /// <summary>Adds a key that is not here.</summary>
    public void Add(ulong key, int value)
    {
        Invariant.Check(key != 0);
        if (Count >= keys.Length / 4 * 3)
            Grow();
        int at = Find(keys, key);
        Invariant.Check(keys[at] == 0);
        (keys[at], values[at]) = (key, value);
        Count++;
    }

    private static int Find(ulong[] keys, ulong key)
    {
        int mask = keys.Length - 1;
        ulong spread = key * 0x9E3779B97F4A7C15;
        int at = (int)(spread >> 32) & mask;
        while (keys[at] != 0 && keys[at] != key)
            at = (at + 1) & mask;
        return at;
    }

    private void Grow()
    {
        var largerKeys = new ulong[keys.Length * 2];
        var largerValues = new int[keys.Length * 2];
        for (int i = 0; i < keys.Length; i++)
        {
            if (keys[i] == 0)
                continue;
            int at = Find(largerKeys, keys[i]);
            (largerKeys[at], largerValues[at]) = (keys[i], values[i]);
        }

        (keys, values) = (largerKeys, largerValues);
    }
}
