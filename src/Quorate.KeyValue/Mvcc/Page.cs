using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Quorate.Consensus;

namespace Quorate.KeyValue.Mvcc;

/// <summary>
/// An entry of a page. In a leaf: a key with its newest version (<see cref="A"/> its main revision, <see cref="B"/> its address), and
/// its older ones (<see cref="C"/> the history block or 0, <see cref="D"/> how many count). In an inner page: <see cref="A"/> the child,
/// <see cref="B"/> no revision below is above it, <see cref="C"/> keys alive below; the key is the child's lower bound.
/// </summary>
internal readonly unsafe struct PageEntry(byte* at)
{
    public const int HeaderBytes = 32;

    public byte* Address => at;

    public ref long A => ref *(long*)at;

    public ref long B => ref *(long*)(at + 8);

    public ref long C => ref *(long*)(at + 16);

    public ref int D => ref *(int*)(at + 24);

    public ref int KeyLength => ref *(int*)(at + 28);

    public ReadOnlySpan<byte> Key
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(at + HeaderBytes, *(int*)(at + 28));
    }

    public int SizeBytes => SizeOf(KeyLength);

    public bool IsTombstone => B < 0;

    public static int SizeOf(int keyLength) => checked(HeaderBytes + keyLength + 7) & ~7;
}

/// <summary>
/// A page of the index: header, slots in key order growing up, entries growing down. A slot holds its entry's place and the four bytes of
/// its key after the prefix that all keys of the page share, so that a search seldom looks at an entry. A page is
/// <see cref="StandardBytes"/> long, or just long enough for keys that do not fit.
/// </summary>
internal readonly unsafe struct Page(byte* at)
{
    public const int StandardBytes = 4096;
    public const int HeaderBytes = 32;
    public const int SlotBytes = 8;

    private const ushort LeafKind = 0x4C51;
    private const ushort InnerKind = 0x4951;

    public byte* Address => at;

    /// <summary>The root with which it appeared. Only pages of the root being built may be changed.</summary>
    public ref long Born => ref *(long*)at;

    public ref int SizeBytes => ref *(int*)(at + 8);

    public ref ushort Count => ref *(ushort*)(at + 14);

    public bool IsLeaf
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            ushort kind = *(ushort*)(at + 12);
            // A page that was freed under a reader shows here.
            Invariant.Check(kind is LeafKind or InnerKind);
            return kind == LeafKind;
        }
    }

    /// <summary>Bytes of slots and of entries that count.</summary>
    public int UsedBytes => SizeBytes - HeaderBytes - FreeBytes - Garbage;

    private ref int HeapStart => ref *(int*)(at + 16);

    private ref int Garbage => ref *(int*)(at + 20);

    private ref int PrefixLength => ref *(int*)(at + 24);

    private int FreeBytes => HeapStart - HeaderBytes - (Count * SlotBytes);

    /// <summary>Makes an empty page.</summary>
    public static Page Create(byte* at, int sizeBytes, bool leaf, long born)
    {
        var page = new Page(at);
        page.Born = born;
        page.SizeBytes = sizeBytes;
        *(ushort*)(at + 12) = leaf ? LeafKind : InnerKind;
        page.Count = 0;
        page.HeapStart = sizeBytes;
        page.Garbage = 0;
        page.PrefixLength = 0;
        *(int*)(at + 28) = 0;
        return page;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PageEntry Entry(int index) => new(at + *(uint*)(at + HeaderBytes + (index * SlotBytes)));

    /// <summary>The child under which <paramref name="key"/> belongs.</summary>
    public int ChildFor(ReadOnlySpan<byte> key)
    {
        int index = LowerBound(key, out bool found);
        return found || index == 0 ? index : index - 1;
    }

    /// <summary>The first entry whose key is not below <paramref name="key"/>.</summary>
    public int LowerBound(ReadOnlySpan<byte> key, out bool found)
    {
        found = false;
        int prefix = PrefixLength;
        if (prefix > 0)
        {
            ReadOnlySpan<byte> shared = Entry(0).Key[..prefix];
            if (!key.StartsWith(shared))
                return key.SequenceCompareTo(shared) < 0 ? 0 : Count;
        }

        uint head = Head(key, prefix);
        ReadOnlySpan<byte> rest = key[prefix..];
        int low = 0;
        int high = Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            uint there = *(uint*)(at + HeaderBytes + (middle * SlotBytes) + 4);
            int order = there.CompareTo(head);
            if (order == 0)
            {
                order = Entry(middle).Key[prefix..].SequenceCompareTo(rest);
                if (order == 0)
                {
                    found = true;
                    return middle;
                }
            }

            if (order < 0)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>Puts an entry before <paramref name="index"/>; false when there is no room for it.</summary>
    public bool TryInsert(int index, ReadOnlySpan<byte> key, long a, long b, long c)
    {
        int size = PageEntry.SizeOf(key.Length);
        if (FreeBytes < size + SlotBytes)
        {
            if (SizeBytes != StandardBytes || FreeBytes + Garbage < size + SlotBytes)
                return false;
            Tidy();
        }

        ShortenPrefix(key);
        byte* slots = at + HeaderBytes;
        Buffer.MemoryCopy(
            slots + (index * SlotBytes), slots + ((index + 1) * SlotBytes), (Count - index) * SlotBytes, (Count - index) * SlotBytes);
        HeapStart -= size;
        Count++;
        *(int*)(slots + (index * SlotBytes)) = HeapStart;
        *(uint*)(slots + (index * SlotBytes) + 4) = Head(key, PrefixLength);
        Fill(HeapStart, key, a, b, c);
        return true;
    }

    /// <summary>Puts a copy of an entry at the end. <see cref="Finish"/> follows before the page is searched.</summary>
    public void Append(PageEntry entry)
    {
        int size = entry.SizeBytes;
        AppendSlot(size);
        Buffer.MemoryCopy(entry.Address, at + HeapStart, size, size);
    }

    /// <summary>Puts an entry at the end. <see cref="Finish"/> follows before the page is searched.</summary>
    public void Append(ReadOnlySpan<byte> key, long a, long b, long c, int d)
    {
        AppendSlot(PageEntry.SizeOf(key.Length));
        Fill(HeapStart, key, a, b, c);
        new PageEntry(at + HeapStart).D = d;
    }

    /// <summary>Whether a key of that length can be appended.</summary>
    public bool HasRoomFor(int keyLength) => FreeBytes >= PageEntry.SizeOf(keyLength) + SlotBytes;

    /// <summary>Finds the prefix that the keys share, and sets the slots' heads.</summary>
    public void Finish()
    {
        if (Count == 0)
            return;
        PrefixLength = Entry(0).Key.CommonPrefixLength(Entry(Count - 1).Key);
        SetHeads();
    }

    /// <summary>Takes an entry out.</summary>
    public void Remove(int index)
    {
        Garbage += Entry(index).SizeBytes;
        Count--;
        byte* slot = at + HeaderBytes + (index * SlotBytes);
        Buffer.MemoryCopy(slot + SlotBytes, slot, (Count - index) * SlotBytes, (Count - index) * SlotBytes);
        if (Count == 0)
            PrefixLength = 0;
    }

    /// <summary>Over a page's entries: the highest revision and the keys alive.</summary>
    public (long HighestRevision, long Live) Totals()
    {
        long highest = 0;
        long live = 0;
        bool leaf = IsLeaf;
        for (int i = 0; i < Count; i++)
        {
            PageEntry entry = Entry(i);
            highest = Math.Max(highest, leaf ? entry.A : entry.B);
            live += leaf ? (entry.IsTombstone ? 0 : 1) : entry.C;
        }

        return (highest, live);
    }

    private static uint Head(ReadOnlySpan<byte> key, int prefix)
    {
        ReadOnlySpan<byte> rest = key[prefix..];
        if (rest.Length >= 4)
            return BinaryPrimitives.ReadUInt32BigEndian(rest);
        uint head = 0;
        for (int i = 0; i < rest.Length; i++)
            head |= (uint)rest[i] << (24 - (8 * i));
        return head;
    }

    private void AppendSlot(int entryBytes)
    {
        Invariant.Check(FreeBytes >= entryBytes + SlotBytes);
        HeapStart -= entryBytes;
        *(int*)(at + HeaderBytes + (Count * SlotBytes)) = HeapStart;
        Count++;
    }

    private void Fill(int offset, ReadOnlySpan<byte> key, long a, long b, long c)
    {
        var entry = new PageEntry(at + offset);
        entry.A = a;
        entry.B = b;
        entry.C = c;
        entry.D = 0;
        entry.KeyLength = key.Length;
        key.CopyTo(new Span<byte>(at + offset + PageEntry.HeaderBytes, key.Length));
    }

    private void ShortenPrefix(ReadOnlySpan<byte> key)
    {
        if (PrefixLength == 0)
            return;
        int shared = Entry(0).Key[..PrefixLength].CommonPrefixLength(key);
        if (shared == PrefixLength)
            return;
        PrefixLength = shared;
        SetHeads();
    }

    private void SetHeads()
    {
        for (int i = 0; i < Count; i++)
            *(uint*)(at + HeaderBytes + (i * SlotBytes) + 4) = Head(Entry(i).Key, PrefixLength);
    }

    /// <summary>Closes the gaps that removed entries left.</summary>
    private void Tidy()
    {
        byte* old = stackalloc byte[StandardBytes];
        Buffer.MemoryCopy(at, old, StandardBytes, StandardBytes);
        int start = StandardBytes;
        for (int i = 0; i < Count; i++)
        {
            var entry = new PageEntry(old + *(uint*)(at + HeaderBytes + (i * SlotBytes)));
            int size = entry.SizeBytes;
            start -= size;
            Buffer.MemoryCopy(entry.Address, at + start, size, size);
            *(int*)(at + HeaderBytes + (i * SlotBytes)) = start;
        }

        HeapStart = start;
        Garbage = 0;
    }
}
