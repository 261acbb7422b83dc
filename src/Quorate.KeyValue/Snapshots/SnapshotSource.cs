using System.Buffers.Binary;
using Quorate.Consensus;
using Quorate.KeyValue.Commands;
using Quorate.KeyValue.Mvcc;

namespace Quorate.KeyValue.Snapshots;

/// <summary>Writes one root out while newer ones are built. Holds a pin until disposed; used by one thread at a time.</summary>
internal sealed unsafe class SnapshotSource : ISnapshotSource
{
    private const int PlacesPerStep = 512;

    private readonly Pin pin;
    private readonly RevisionScan versions;
    private readonly VersionPlaces places = new();
    private readonly TreeWalk walk;
    private readonly byte[] scratch = new byte[PlacesPerStep * 4];
    private int scratchAt;
    private int scratchEnd;
    private byte* native;
    private int nativeLeft;
    private Phase phase;
    private PageEntry entry;
    private int floor;
    private int version;
    private ulong keys;
    private bool disposed;

    public SnapshotSource(Pin pin)
    {
        this.pin = pin;
        versions = new RevisionScan(pin.Root);
        walk = new TreeWalk(pin.Root.View.Tree);
    }

    private enum Phase
    {
        Header,
        Versions,
        Keys,
        KeyVersions,
        End,
    }

    public int Read(Span<byte> into)
    {
        Invariant.Check(!disposed);
        int done = 0;
        while (done < into.Length)
        {
            int count;
            if (scratchAt < scratchEnd)
            {
                count = Math.Min(scratchEnd - scratchAt, into.Length - done);
                scratch.AsSpan(scratchAt, count).CopyTo(into[done..]);
                scratchAt += count;
            }
            else if (nativeLeft > 0)
            {
                count = Math.Min(nativeLeft, into.Length - done);
                new ReadOnlySpan<byte>(native, count).CopyTo(into[done..]);
                native += count;
                nativeLeft -= count;
            }
            else if (phase == Phase.End)
            {
                break;
            }
            else
            {
                Prepare();
                continue;
            }

            done += count;
        }

        return done;
    }

    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        pin.Dispose();
    }

    /// <summary>Puts the next bytes into <see cref="scratch"/> and <see cref="native"/>.</summary>
    private void Prepare()
    {
        scratchAt = 0;
        scratchEnd = 0;
        switch (phase)
        {
            case Phase.Header:
                PrepareHeader();
                phase = Phase.Versions;
                break;
            case Phase.Versions:
                PrepareVersion();
                break;
            case Phase.Keys:
                PrepareKey();
                break;
            case Phase.KeyVersions:
                PrepareKeyVersions();
                break;
            case Phase.End:
                break;
        }
    }

    private void PrepareHeader()
    {
        Root root = pin.Root;
        SnapshotFormat.Magic.CopyTo(scratch);
        Span<byte> rest = scratch.AsSpan(8);
        BinaryPrimitives.WriteInt32LittleEndian(rest, SnapshotFormat.Version);
        ReadOnlySpan<Alarm> alarms = root.Alarms.All;
        BinaryPrimitives.WriteInt32LittleEndian(rest[4..], alarms.Length);
        BinaryPrimitives.WriteInt64LittleEndian(rest[8..], root.Revision);
        BinaryPrimitives.WriteInt64LittleEndian(rest[16..], root.Compacted);
        BinaryPrimitives.WriteUInt64LittleEndian(rest[24..], root.HistoryHash);
        scratchEnd = SnapshotFormat.HeaderBytes;
        foreach (Alarm alarm in alarms)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(scratch.AsSpan(scratchEnd), alarm.Member);
            BinaryPrimitives.WriteUInt64LittleEndian(scratch.AsSpan(scratchEnd + 8), (ulong)alarm.Kind);
            scratchEnd += SnapshotFormat.AlarmBytes;
        }
    }

    private void PrepareVersion()
    {
        if (versions.MoveNext(out Record record))
        {
            places.Add(record);
            record.Core.CopyTo(scratch);
            scratchEnd = Record.CoreBytes;
            ReadOnlySpan<byte> content = record.Content;
            native = record.Address + Record.HeaderBytes;
            nativeLeft = content.Length;
            return;
        }

        BinaryPrimitives.WriteInt64LittleEndian(scratch, 0);
        BinaryPrimitives.WriteInt64LittleEndian(scratch.AsSpan(8), places.Count);
        scratchEnd = 16;
        phase = Phase.Keys;
    }

    private void PrepareKey()
    {
        while (walk.MoveNext())
        {
            entry = walk.Current;
            floor = IndexTree.FloorOf(entry, pin.Root.Compacted);
            uint count = 0;
            for (int i = 0; i <= entry.D; i++)
            {
                if (IndexTree.Keeps(entry, i, floor, pin.Root.Compacted))
                    count++;
            }

            // A key that the compaction took away may still stand in the index.
            if (count == 0)
                continue;
            BinaryPrimitives.WriteUInt32LittleEndian(scratch, count);
            scratchEnd = 4;
            version = 0;
            keys++;
            phase = Phase.KeyVersions;
            return;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(scratch, 0);
        BinaryPrimitives.WriteUInt64LittleEndian(scratch.AsSpan(4), keys);
        BinaryPrimitives.WriteUInt32LittleEndian(scratch.AsSpan(12), SnapshotFormat.EndMark);
        scratchEnd = 16;
        phase = Phase.End;
    }

    private void PrepareKeyVersions()
    {
        while (version <= entry.D)
        {
            if (scratchEnd == scratch.Length)
                return;
            int at = version++;
            if (!IndexTree.Keeps(entry, at, floor, pin.Root.Compacted))
                continue;
            uint place = places.Of(pin.Root.View, IndexTree.MainOf(entry, at), IndexTree.AddressOf(entry, at));
            BinaryPrimitives.WriteUInt32LittleEndian(scratch.AsSpan(scratchEnd), place);
            scratchEnd += 4;
        }

        phase = Phase.Keys;
    }
}
