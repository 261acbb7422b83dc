using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Quorate.Consensus;

namespace Quorate.KeyValue.Mvcc;

/// <summary>
/// Where a record lies, and whether it is a tombstone: bit 63 tombstone, bits 62..32 the segment, bits 31..0 the byte in it.
/// 0 is no address of a live record's (segments count from 1).
/// </summary>
internal readonly record struct RecordAddress(long Bits)
{
    public const long TombstoneBit = long.MinValue;

    public RecordAddress(int segment, long offset, bool tombstone)
        : this(((long)segment << 32) | offset | (tombstone ? TombstoneBit : 0))
    {
    }

    public bool IsTombstone => Bits < 0;

    public int Segment => (int)((Bits & ~TombstoneBit) >> 32);

    public uint Offset => (uint)Bits;
}

/// <summary>
/// One version of a key where it lies, in native memory; immutable but for <see cref="DeadSince"/>. Valid while its segment is: inside a
/// pin, or on the apply thread until it next publishes.
/// </summary>
internal readonly unsafe struct Record(byte* at)
{
    public const int HeaderBytes = 56;

    /// <summary>Header bytes that make up the version itself: all but <see cref="DeadSince"/>. Snapshots carry them as they are.</summary>
    public const int CoreBytes = 48;

    private const uint TombstoneFlag = 1u << 31;

    public byte* Address => at;

    public long Main => *(long*)at;

    public uint Sub => *(uint*)(at + 8);

    public int KeyLength => (int)(*(uint*)(at + 12) & ~TombstoneFlag);

    public bool IsTombstone => (*(uint*)(at + 12) & TombstoneFlag) != 0;

    public int ValueLength => *(int*)(at + 16);

    /// <summary>Bytes it takes in its segment, a multiple of 8.</summary>
    public int SizeBytes => *(int*)(at + 20);

    public long Create => *(long*)(at + 24);

    public long Version => *(long*)(at + 32);

    public long Lease => *(long*)(at + 40);

    /// <summary>The compaction that took it out of the index; 0 while it is in it. Set once, by the apply thread.</summary>
    public long DeadSince
    {
        get => Volatile.Read(ref *(long*)(at + 48));
        set => Volatile.Write(ref *(long*)(at + 48), value);
    }

    public ReadOnlySpan<byte> Key => new(at + HeaderBytes, KeyLength);

    public ReadOnlySpan<byte> Value => new(at + HeaderBytes + KeyLength, ValueLength);

    /// <summary>Bytes that a version with such a key and value takes.</summary>
    public static long SizeOf(int keyLength, int valueLength) => (HeaderBytes + (long)keyLength + valueLength + 7) & ~7L;

    /// <summary>Order of history.</summary>
    public static int Compare(Record a, Record b)
    {
        int order = a.Main.CompareTo(b.Main);
        return order != 0 ? order : a.Sub.CompareTo(b.Sub);
    }

    /// <summary>Writes a version into room of its size.</summary>
    public static Record Write(byte* at, in Draft draft)
    {
        *(long*)at = draft.Main;
        *(uint*)(at + 8) = draft.Sub;
        *(uint*)(at + 12) = (uint)draft.Key.Length | (draft.IsTombstone ? TombstoneFlag : 0);
        *(int*)(at + 16) = draft.Value.Length;
        *(int*)(at + 20) = (int)SizeOf(draft.Key.Length, draft.Value.Length);
        *(long*)(at + 24) = draft.Create;
        *(long*)(at + 32) = draft.Version;
        *(long*)(at + 40) = draft.Lease;
        *(long*)(at + 48) = 0;
        draft.Key.CopyTo(new Span<byte>(at + HeaderBytes, draft.Key.Length));
        draft.Value.CopyTo(new Span<byte>(at + HeaderBytes + draft.Key.Length, draft.Value.Length));
        // The padding is part of what is copied and compared: it must not hold chance.
        int end = HeaderBytes + draft.Key.Length + draft.Value.Length;
        new Span<byte>(at + end, *(int*)(at + 20) - end).Clear();
        return new Record(at);
    }

    /// <summary>The version's own bytes, for checksums: header without <see cref="DeadSince"/>.</summary>
    public ReadOnlySpan<byte> Core => new(at, CoreBytes);

    /// <summary>Key and value.</summary>
    public ReadOnlySpan<byte> Content => new(at + HeaderBytes, KeyLength + ValueLength);
}

/// <summary>A version about to be written.</summary>
internal ref struct Draft
{
    public long Main;
    public uint Sub;
    public bool IsTombstone;
    public long Create;
    public long Version;
    public long Lease;
    public ReadOnlySpan<byte> Key;
    public ReadOnlySpan<byte> Value;
}

/// <summary>A stretch of native memory that holds records in the order of history. Owner: the apply thread; readers see what their root covers.</summary>
internal sealed unsafe class Segment : IDisposable
{
    private bool disposed;

    public Segment(int id, long capacityBytes)
    {
        Id = id;
        CapacityBytes = capacityBytes;
        Start = (byte*)NativeMemory.Alloc((nuint)capacityBytes);
    }

    ~Segment() => Release();

    public int Id { get; }

    public byte* Start { get; }

    public long CapacityBytes { get; }

    /// <summary>Bytes with records in them; final once another segment follows.</summary>
    public long UsedBytes { get; set; }

    /// <summary>Bytes of records that a compaction took out of the index.</summary>
    public long DeadBytes { get; set; }

    public bool Fits(long sizeBytes) => CapacityBytes - UsedBytes >= sizeBytes;

    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        if (disposed)
            return;
        disposed = true;
        NativeMemory.Free(Start);
    }
}

/// <summary>Finds segments by number. Read by any thread; changed by the apply thread. A number is used again only once nobody can hold an address with it.</summary>
internal sealed unsafe class SegmentTable
{
    // Header, key and a value of some 200 bytes.
    private const int PrefetchedLines = 5;

    private nint[] starts = new nint[16];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Record Read(RecordAddress address)
    {
        nint start = Volatile.Read(ref starts)[address.Segment];
        var record = new Record((byte*)start + address.Offset);
        // Poisoned memory, or an address out of thin air, shows here.
        Invariant.Check(record.Main > 0);
        return record;
    }

    /// <summary>Fetches the first lines of a record into the cache.</summary>
    public void Prefetch(RecordAddress address)
    {
        byte* at = (byte*)Volatile.Read(ref starts)[address.Segment] + address.Offset;
        for (int line = 0; line < PrefetchedLines; line++)
            Sse.Prefetch0(at + (line * 64));
    }

    public void Set(int id, byte* start)
    {
        if (id >= starts.Length)
        {
            // Readers go on with the old array: what they can hold addresses of is in it.
            nint[] grown = new nint[starts.Length * 2];
            starts.CopyTo(grown, 0);
            Volatile.Write(ref starts, grown);
        }

        Volatile.Write(ref starts[id], (nint)start);
    }
}
