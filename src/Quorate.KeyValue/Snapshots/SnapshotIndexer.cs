using Quorate.KeyValue.Mvcc;

namespace Quorate.KeyValue.Snapshots;

/// <summary>Turns a snapshot's places into the index, and checks that it names each version once, keys ascending.</summary>
internal sealed unsafe class SnapshotIndexer
{
    private readonly List<long> addresses = [];
    private readonly List<long> versions = [];
    private bool[] named = [];
    private long namedCount;
    private Record lastKey;
    private bool hasLastKey;

    /// <summary>Versions in all.</summary>
    public int Count => addresses.Count;

    /// <summary>Keys so far.</summary>
    public long Keys { get; private set; }

    /// <summary>Whether every version was named.</summary>
    public bool IsComplete => namedCount == addresses.Count;

    /// <summary>The next version in the order of history.</summary>
    public void Add(RecordAddress address) => addresses.Add(address.Bits);

    /// <summary>All versions are there.</summary>
    public void Seal() => named = new bool[addresses.Count];

    /// <summary>The next version of the key at hand, older ones first.</summary>
    public void AddVersion(uint place, SegmentTable table)
    {
        if (place >= named.Length || named[place])
            throw new InvalidDataException("key-value snapshot whose index names a version twice, or none");
        named[place] = true;
        namedCount++;
        long address = addresses[(int)place];
        if (versions.Count > 0)
        {
            Record older = table.Read(new RecordAddress(versions[^1]));
            Record newer = table.Read(new RecordAddress(address));
            if (Record.Compare(older, newer) >= 0 || !older.Key.SequenceEqual(newer.Key))
                throw new InvalidDataException("key-value snapshot whose index mixes keys or versions up");
        }

        versions.Add(address);
    }

    /// <summary>All versions of the key at hand are there.</summary>
    public void EndKey(TreeBuilder builder, NativeHeap heap, SegmentTable table)
    {
        Record newest = table.Read(new RecordAddress(versions[^1]));
        if (hasLastKey && lastKey.Key.SequenceCompareTo(newest.Key) >= 0)
            throw new InvalidDataException("key-value snapshot with keys out of order");
        lastKey = newest;
        hasLastKey = true;
        Keys++;

        int older = versions.Count - 1;
        History history = older == 0 ? default : History.Create(heap, older);
        for (int i = 0; i < older; i++)
        {
            var address = new RecordAddress(versions[i]);
            history.Set(i, table.Read(address).Main, address);
        }

        builder.Append(newest.Key, newest.Main, versions[^1], history.Block, older);
        versions.Clear();
    }
}
