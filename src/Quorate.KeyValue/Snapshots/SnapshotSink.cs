using System.Buffers.Binary;
using Quorate.Consensus;
using Quorate.KeyValue.Commands;
using Quorate.KeyValue.Mvcc;

namespace Quorate.KeyValue.Snapshots;

/// <summary>
/// Builds a state beside the store's as its bytes arrive, and puts it in the store's place once they are complete. Any thread, one at a
/// time, but for <see cref="Complete"/>: the apply thread.
/// </summary>
internal sealed unsafe class SnapshotSink(KeyValueStore store, KeyValueOptions options) : ISnapshotSink
{
    private readonly Space space = new(options.SegmentBytes, options.PoisonFreed, building: 0);
    private readonly SnapshotIndexer indexer = new();
    private byte[] pending = [];
    private int pendingLength;
    private Phase phase;
    private long revision;
    private long compacted;
    private ulong historyHash;
    private AlarmSet alarms = AlarmSet.Empty;
    private long lastMain;
    private long lastSub = -1;
    private uint versionsLeft;
    private TreeBuilder? builder;
    private bool handedOver;

    private enum Phase
    {
        Header,
        Versions,
        Keys,
        Places,
        End,
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (pendingLength == 0)
        {
            Keep(bytes[Take(bytes)..]);
            return;
        }

        Keep(bytes);
        int taken = Take(pending.AsSpan(0, pendingLength));
        pending.AsSpan(taken, pendingLength - taken).CopyTo(pending);
        pendingLength -= taken;
    }

    public void Complete()
    {
        if (phase != Phase.End || pendingLength != 0)
            throw new InvalidDataException("key-value snapshot ends early");
        handedOver = true;
        space.Tree = new IndexTree(space.Heap, space.Retirement, 0, builder!.Complete());
        store.Replace(new Writer(space) { Revision = revision, Compacted = compacted, Alarms = alarms, HistoryHash = historyHash });
    }

    public void Dispose()
    {
        if (!handedOver)
            space.Dispose();
        handedOver = true;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (pending.Length - pendingLength < bytes.Length)
            Array.Resize(ref pending, Math.Max(checked(pendingLength + bytes.Length), pending.Length * 2));
        bytes.CopyTo(pending.AsSpan(pendingLength));
        pendingLength += bytes.Length;
    }

    /// <summary>Takes what is whole, and tells how much that was.</summary>
    private int Take(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        while (true)
        {
            int taken = phase switch
            {
                Phase.Header => TakeHeader(bytes[at..]),
                Phase.Versions => TakeVersion(bytes[at..]),
                Phase.Keys => TakeKey(bytes[at..]),
                Phase.Places => TakePlaces(bytes[at..]),
                Phase.End => TakeNothing(bytes[at..]),
            };
            if (taken == 0)
                return at;
            at += taken;
        }
    }

    private int TakeHeader(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < SnapshotFormat.HeaderBytes)
            return 0;
        if (!bytes.StartsWith(SnapshotFormat.Magic))
            throw new InvalidDataException("not a key-value snapshot");
        int version = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        if (version != SnapshotFormat.Version)
            throw new InvalidDataException($"key-value snapshot of format {version}; this program knows {SnapshotFormat.Version}");
        revision = BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]);
        compacted = BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]);
        historyHash = BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]);
        if (revision < 1 || compacted < -1 || compacted > revision)
            throw new InvalidDataException($"key-value snapshot at revision {revision}, compacted at {compacted}");
        int count = BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]);
        if (count is < 0 or > AlarmSet.CountMax)
            throw new InvalidDataException($"key-value snapshot with {count} alarms");
        int length = SnapshotFormat.HeaderBytes + (count * SnapshotFormat.AlarmBytes);
        if (bytes.Length < length)
            return 0;
        TakeAlarms(bytes[SnapshotFormat.HeaderBytes..length]);
        phase = Phase.Versions;
        return length;
    }

    private void TakeAlarms(ReadOnlySpan<byte> bytes)
    {
        var taken = new Alarm[bytes.Length / SnapshotFormat.AlarmBytes];
        for (int i = 0; i < taken.Length; i++)
        {
            ReadOnlySpan<byte> alarm = bytes[(i * SnapshotFormat.AlarmBytes)..];
            taken[i] = new Alarm(
                BinaryPrimitives.ReadUInt64LittleEndian(alarm), (AlarmKind)BinaryPrimitives.ReadUInt64LittleEndian(alarm[8..]));
            if (taken[i].Kind is not (AlarmKind.NoSpace or AlarmKind.Corrupt) || (i > 0 && taken[i - 1].CompareTo(taken[i]) >= 0))
                throw new InvalidDataException("key-value snapshot with impossible alarms");
        }

        alarms = new AlarmSet(taken);
    }

    private int TakeVersion(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 16)
            return 0;
        if (BinaryPrimitives.ReadInt64LittleEndian(bytes) == 0)
        {
            if (BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]) != indexer.Count)
                throw new InvalidDataException("key-value snapshot with another number of versions than it says");
            indexer.Seal();
            builder = new TreeBuilder(space.Heap);
            phase = Phase.Keys;
            return 16;
        }

        if (bytes.Length < Record.CoreBytes)
            return 0;
        fixed (byte* at = bytes)
        {
            var core = new Record(at);
            long size = (long)core.KeyLength + (uint)core.ValueLength;
            Check(core, size);
            if (bytes.Length < Record.CoreBytes + size)
                return 0;
            ReadOnlySpan<byte> content = bytes.Slice(Record.CoreBytes, (int)size);
            space.Values.Append(
                new Draft
                {
                    Main = core.Main,
                    Sub = core.Sub,
                    IsTombstone = core.IsTombstone,
                    Create = core.Create,
                    Version = core.Version,
                    Lease = core.Lease,
                    Key = content[..core.KeyLength],
                    Value = content[core.KeyLength..],
                },
                out RecordAddress address);
            indexer.Add(address);
            lastMain = core.Main;
            lastSub = core.Sub;
            return Record.CoreBytes + (int)size;
        }
    }

    private void Check(Record core, long size)
    {
        if (core.KeyLength == 0 || size > SnapshotFormat.RecordBytesMax || core.SizeBytes != Record.SizeOf(core.KeyLength, core.ValueLength))
            throw new InvalidDataException("key-value snapshot with a version of impossible size");
        bool ascends = core.Main > lastMain || (core.Main == lastMain && core.Sub > lastSub);
        if (!ascends || core.Main < 1 || core.Main > revision)
            throw new InvalidDataException($"key-value snapshot with revision {core.Main}.{core.Sub} out of order");
    }

    private int TakeKey(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 4)
            return 0;
        versionsLeft = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (versionsLeft != 0)
        {
            phase = Phase.Places;
            return 4;
        }

        if (bytes.Length < 16)
            return 0;
        if (BinaryPrimitives.ReadInt64LittleEndian(bytes[4..]) != indexer.Keys
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) != SnapshotFormat.EndMark
            || !indexer.IsComplete)
            throw new InvalidDataException("key-value snapshot whose index does not end as it should");
        phase = Phase.End;
        return 16;
    }

    private int TakePlaces(ReadOnlySpan<byte> bytes)
    {
        int taken = 0;
        while (versionsLeft > 0 && bytes.Length - taken >= 4)
        {
            uint place = BinaryPrimitives.ReadUInt32LittleEndian(bytes[taken..]);
            taken += 4;
            versionsLeft--;
            indexer.AddVersion(place, space.Table);
        }

        if (versionsLeft > 0)
            return taken;
        indexer.EndKey(builder!, space.Heap, space.Table);
        phase = Phase.Keys;
        return taken;
    }

    private static int TakeNothing(ReadOnlySpan<byte> bytes) =>
        bytes.IsEmpty ? 0 : throw new InvalidDataException("key-value snapshot with bytes past its end");
}
