using System.Runtime.InteropServices;
using Quorate.Consensus;
using Quorate.KeyValue.Mvcc;

namespace Quorate.KeyValue.Snapshots;

/// <summary>Which place each version has in a snapshot: 12 bytes a version, for as long as the snapshot is written.</summary>
internal sealed class VersionPlaces
{
    private readonly List<long> mains = [];
    private readonly List<uint> subs = [];

    public int Count => mains.Count;

    /// <summary>The next version; they come in the order of history.</summary>
    public void Add(Record record)
    {
        mains.Add(record.Main);
        subs.Add(record.Sub);
    }

    /// <summary>The place of the version with that main revision that lies at that address.</summary>
    public uint Of(in ReadView view, long main, RecordAddress address)
    {
        ReadOnlySpan<long> all = CollectionsMarshal.AsSpan(mains);
        int place = First(all, main);
        Invariant.Check(place < all.Length && all[place] == main);
        bool alone = place + 1 == all.Length || all[place + 1] != main;
        if (alone)
            return (uint)place;
        uint sub = view.Read(address).Sub;
        while (subs[place] != sub)
        {
            place++;
            Invariant.Check(place < all.Length && all[place] == main);
        }

        return (uint)place;
    }

    /// <summary>The first place with that main revision. Revisions are nearly dense, so a guess lands close.</summary>
    private static int First(ReadOnlySpan<long> all, long main)
    {
        int low = 0;
        int high = all.Length;
        long span = all[^1] - all[0];
        if (span > 0)
        {
            int guess = (int)Math.Clamp((main - all[0]) * (double)(all.Length - 1) / span, 0, all.Length - 1);
            int reach = 1;
            if (all[guess] < main)
            {
                low = guess + 1;
                while (low + reach < high && all[low + reach] < main)
                {
                    low += reach;
                    reach *= 2;
                }

                high = Math.Min(high, low + reach + 1);
            }
            else
            {
                high = guess + 1;
                while (high - reach > 0 && all[high - reach - 1] >= main)
                {
                    high -= reach;
                    reach *= 2;
                }

                low = Math.Max(0, high - reach - 1);
            }
        }

        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (all[middle] < main)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
