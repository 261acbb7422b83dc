namespace Quorate.Simulation.Exploration;

/// <summary>
/// The states seen, by hash: 16 bytes each in open addressing. In shards, so that growing copies a little at a time, and needs no
/// second table beside the whole first one.
/// </summary>
internal sealed class StateSet
{
    private const int Shards = 256;

    private readonly Shard[] shards;

    public StateSet()
    {
        shards = new Shard[Shards];
        for (int i = 0; i < Shards; i++)
            shards[i] = new Shard();
    }

    /// <summary>States held.</summary>
    public long Count { get; private set; }

    /// <summary>Bytes of memory.</summary>
    public long SizeBytes
    {
        get
        {
            long bytes = 0;
            foreach (Shard shard in shards)
                bytes += shard.Slots * 16L;
            return bytes;
        }
    }

    /// <summary>Adds a hash, which is never zero.</summary>
    /// <returns>False when it was here.</returns>
    public bool Add(UInt128 hash)
    {
        if (!shards[(int)(ulong)(hash >> 120)].Add(hash))
            return false;
        Count++;
        return true;
    }

    private sealed class Shard
    {
        private UInt128[] slots = new UInt128[64];
        private int count;

        public int Slots => slots.Length;

        public bool Add(UInt128 hash)
        {
            if (count >= slots.Length - (slots.Length / 5))
                Grow();
            int at = Find(slots, hash);
            if (slots[at] == hash)
                return false;
            slots[at] = hash;
            count++;
            return true;
        }

        private static int Find(UInt128[] slots, UInt128 hash)
        {
            // The low half, scaled to the number of slots: any number will do, so growth can be slow.
            int at = (int)Math.BigMul((ulong)hash, (ulong)slots.Length, out _);
            while (slots[at] != UInt128.Zero && slots[at] != hash)
                at = at + 1 == slots.Length ? 0 : at + 1;
            return at;
        }

        private void Grow()
        {
            var larger = new UInt128[slots.Length + (slots.Length / 2)];
            foreach (UInt128 hash in slots)
            {
                if (hash != UInt128.Zero)
                    larger[Find(larger, hash)] = hash;
            }

            slots = larger;
        }
    }
}
