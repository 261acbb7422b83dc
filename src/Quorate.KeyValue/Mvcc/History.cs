using Quorate.Consensus;

namespace Quorate.KeyValue.Mvcc;

/// <summary>
/// The older versions of a key, oldest first: 16 bytes each (main revision, address), after a header of 16. Entries are appended in place:
/// a root counts how many of them it knows, so older roots never see later ones. Addresses change in place when a record moves.
/// </summary>
internal readonly unsafe struct History(nint block)
{
    private const int UnitBytes = 16;
    private const int SmallestBytes = 2 * UnitBytes;

    private byte* At => (byte*)block;

    public nint Block => block;

    public int SizeBytes => *(int*)At;

    public int Capacity => (SizeBytes / UnitBytes) - 1;

    /// <summary>A block with room for <paramref name="count"/> versions at least.</summary>
    public static History Create(NativeHeap heap, int count)
    {
        int size = SmallestBytes;
        while ((size / UnitBytes) - 1 < count)
            size = checked(size * 2);
        byte* at = heap.Allocate(size);
        *(long*)at = size;
        *(long*)(at + 8) = 0;
        return new History((nint)at);
    }

    public long Main(int index) => *(long*)(At + UnitBytes + (index * (long)UnitBytes));

    public RecordAddress Address(int index) => new(Volatile.Read(ref *(long*)(At + UnitBytes + (index * (long)UnitBytes) + 8)));

    public void Set(int index, long main, RecordAddress address)
    {
        Invariant.Check(index < Capacity);
        *(long*)(At + UnitBytes + (index * (long)UnitBytes)) = main;
        SetAddress(index, address);
    }

    public void SetAddress(int index, RecordAddress address) =>
        Volatile.Write(ref *(long*)(At + UnitBytes + (index * (long)UnitBytes) + 8), address.Bits);

    /// <summary>Of the first <paramref name="count"/>, the newest at or below <paramref name="revision"/>; -1 when there is none.</summary>
    public int NewestAt(long revision, int count)
    {
        int low = 0;
        int high = count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (Main(middle) <= revision)
                low = middle + 1;
            else
                high = middle;
        }

        return low - 1;
    }
}
