using System.Numerics;
using System.Runtime.InteropServices;
using Quorate.Consensus;

namespace Quorate.KeyValue.Mvcc;

/// <summary>
/// Native memory for pages and histories: blocks of a power of two up to a page are cut from slabs and kept for reuse, larger ones come and
/// go by themselves. Nothing in here is known to the collector. Owner: the apply thread; only <see cref="Dispose"/> may also run elsewhere, once.
/// </summary>
internal sealed unsafe class NativeHeap : IDisposable
{
    public const byte Poison = 0xDB;

    private const int SmallestShift = 5;
    private const int LargestShift = 12;
    private const int FirstSlabBytes = 16 << 10;
    private const int SlabBytesMax = 1 << 20;

    private readonly bool poisonFreed;
    private readonly List<nint> slabs = [];
    private readonly SortedSet<nint> large = [];
    private readonly FreeList[] free = new FreeList[LargestShift - SmallestShift + 1];
    private int slabBytes = FirstSlabBytes;
    private byte* slabNext;
    private byte* slabEnd;
    private bool disposed;

    public NativeHeap(bool poisonFreed)
    {
        this.poisonFreed = poisonFreed;
        for (int i = 0; i < free.Length; i++)
            free[i] = new FreeList();
    }

    ~NativeHeap() => Release();

    /// <summary>Bytes handed out and not given back.</summary>
    public long UsedBytes { get; private set; }

    /// <summary>A block of at least <paramref name="sizeBytes"/>; contents undefined.</summary>
    public byte* Allocate(int sizeBytes)
    {
        Invariant.Check(!disposed && sizeBytes > 0);
        UsedBytes += sizeBytes;
        if (sizeBytes > 1 << LargestShift)
        {
            var block = (byte*)NativeMemory.Alloc((nuint)sizeBytes);
            large.Add((nint)block);
            return block;
        }

        int shift = Shift(sizeBytes);
        FreeList list = free[shift - SmallestShift];
        return list.Count > 0 ? (byte*)list.Pop() : Cut(1 << shift);
    }

    /// <summary>Gives a block back; nobody may hold it any more.</summary>
    public void Free(byte* block, int sizeBytes)
    {
        UsedBytes -= sizeBytes;
        if (poisonFreed)
            new Span<byte>(block, sizeBytes).Fill(Poison);
        if (sizeBytes > 1 << LargestShift)
        {
            Invariant.Check(large.Remove((nint)block));
            NativeMemory.Free(block);
            return;
        }

        free[Shift(sizeBytes) - SmallestShift].Push((nint)block);
    }

    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private static int Shift(int sizeBytes) => Math.Max(SmallestShift, 32 - BitOperations.LeadingZeroCount((uint)(sizeBytes - 1)));

    private byte* Cut(int sizeBytes)
    {
        if (slabEnd - slabNext < sizeBytes)
        {
            // What is left of the old slab is below a page; it is cut into small blocks rather than lost.
            while (slabEnd - slabNext >= 1 << SmallestShift)
            {
                int shift = BitOperations.Log2((uint)(slabEnd - slabNext));
                free[shift - SmallestShift].Push((nint)slabNext);
                slabNext += 1 << shift;
            }

            slabNext = (byte*)NativeMemory.AlignedAlloc((nuint)slabBytes, 1 << LargestShift);
            slabEnd = slabNext + slabBytes;
            slabs.Add((nint)slabNext);
            slabBytes = Math.Min(slabBytes * 2, SlabBytesMax);
        }

        byte* block = slabNext;
        slabNext += sizeBytes;
        return block;
    }

    private void Release()
    {
        if (disposed)
            return;
        disposed = true;
        foreach (nint slab in slabs)
            NativeMemory.AlignedFree((void*)slab);
        foreach (nint block in large)
            NativeMemory.Free((void*)block);
    }

    private sealed class FreeList
    {
        private nint[] blocks = new nint[16];

        public int Count { get; private set; }

        public void Push(nint block)
        {
            if (Count == blocks.Length)
                Array.Resize(ref blocks, Count * 2);
            blocks[Count++] = block;
        }

        public nint Pop() => blocks[--Count];
    }
}
