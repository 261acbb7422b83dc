using System.Numerics;
using System.Runtime.InteropServices;
using Quorate.Consensus;
using Quorate.KeyValue.Commands;

namespace Quorate.KeyValue.Mvcc;

/// <summary>
/// Changes the state that the next root will show. Between <see cref="Begin"/> and <see cref="End"/> all changes share one revision,
/// numbered in their order. Owner: the apply thread.
/// </summary>
internal sealed unsafe class Writer(Space space)
{
    private const ulong HashPrime = 0x9E3779B97F4A7C15;

    private readonly List<nint> victims = [];
    private uint changes;

    public Space Space => space;

    /// <summary>The newest revision; an empty store is at 1.</summary>
    public long Revision { get; set; } = 1;

    /// <summary>What was compacted; -1 before the first compaction.</summary>
    public long Compacted { get; set; } = -1;

    /// <summary>The active alarms.</summary>
    public AlarmSet Alarms { get; set; } = AlarmSet.Empty;

    /// <summary>A running hash of everything written: equal where the same commands were applied.</summary>
    public ulong HistoryHash { get; set; } = HashPrime;

    /// <summary>The revision that an answer shows now: the one being written, once something was.</summary>
    public long RevisionNow => changes > 0 ? Revision + 1 : Revision;

    /// <summary>The state with everything written so far.</summary>
    public ReadView View => new((nint)space.Tree.Root.Address, space.Table, RevisionNow, Compacted);

    public void Begin() => changes = 0;

    public void End()
    {
        Revision = RevisionNow;
        changes = 0;
    }

    /// <summary>
    /// Puts a key. <paramref name="previous"/> is what was there, if <paramref name="existed"/>. Refused, with nothing changed, where it builds on
    /// what is not there.
    /// </summary>
    public KeyValueError Put(in PutRequest put, out bool existed, out Record previous)
    {
        bool found = space.Tree.Seek(put.Key, out RecordAddress newest);
        existed = found && !newest.IsTombstone;
        previous = existed ? space.Table.Read(newest) : default;
        if (!existed && (put.IgnoreValue || put.IgnoreLease))
            return KeyValueError.KeyNotFound;

        var draft = new Draft
        {
            Main = Revision + 1,
            Sub = changes,
            Create = existed ? previous.Create : Revision + 1,
            Version = existed ? previous.Version + 1 : 1,
            Lease = put.IgnoreLease ? previous.Lease : put.Lease,
            Key = put.Key,
            Value = put.IgnoreValue ? previous.Value : put.Value,
        };
        Append(found, draft);
        return KeyValueError.None;
    }

    /// <summary>The keys of a range as they are now, in order. Valid until the next call.</summary>
    public ReadOnlySpan<nint> Select(in KeyRange range)
    {
        victims.Clear();
        ReadView view = View;
        if (range.IsOneKey)
        {
            if (view.TryGet(range.From, view.Revision, out Record only))
                victims.Add((nint)only.Address);
            return CollectionsMarshal.AsSpan(victims);
        }

        var cursor = new Cursor(view.Tree, range);
        while (cursor.MoveNext())
        {
            if (view.TryResolve(cursor.Current, view.Revision, out Record record))
                victims.Add((nint)record.Address);
        }

        return CollectionsMarshal.AsSpan(victims);
    }

    /// <summary>Deletes keys that <see cref="Select"/> found.</summary>
    public void Delete(ReadOnlySpan<nint> records)
    {
        foreach (nint record in records)
        {
            ReadOnlySpan<byte> key = new Record((byte*)record).Key;
            bool found = space.Tree.Seek(key, out RecordAddress newest);
            Invariant.Check(found && !newest.IsTombstone);
            Append(found, new Draft { Main = Revision + 1, Sub = changes, IsTombstone = true, Key = key });
        }
    }

    /// <summary>History below a revision may go.</summary>
    public KeyValueError Compact(long revision)
    {
        if (revision <= Compacted)
            return KeyValueError.Compacted;
        if (revision > Revision)
            return KeyValueError.FutureRevision;
        Compacted = revision;
        HistoryHash = (BitOperations.RotateLeft(HistoryHash, 7) ^ (ulong)revision) * HashPrime;
        return KeyValueError.None;
    }

    /// <summary>Raises an alarm, or ends it.</summary>
    public void SetAlarm(Alarm alarm, bool active)
    {
        Alarms = active ? Alarms.With(alarm) : Alarms.Without(alarm);
        ulong mark = alarm.Member ^ ((ulong)alarm.Kind << 1) ^ (active ? 1UL : 0UL);
        HistoryHash = (BitOperations.RotateLeft(HistoryHash, 11) ^ mark) * HashPrime;
    }

    private void Append(bool found, in Draft draft)
    {
        Record record = space.Values.Append(draft, out RecordAddress address);
        space.Tree.Put(found, record.Key, draft.Main, address);
        changes++;
        uint checksum = Crc32C.Extend(Crc32C.Of(record.Core), record.Content);
        HistoryHash = (BitOperations.RotateLeft(HistoryHash, 5) ^ checksum) * HashPrime;
    }
}
