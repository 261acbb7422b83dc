using System.Buffers.Binary;
using Quorate.Consensus;
using Quorate.KeyValue.Mvcc;

namespace Quorate.KeyValue;

/// <summary>The answer of HashKV.</summary>
/// <param name="Hash">CRC-32C.</param>
/// <param name="HashedRevision">Up to which revision.</param>
/// <param name="CompactRevision">What was compacted; -1 before the first compaction.</param>
/// <param name="CurrentRevision">The store's revision.</param>
public readonly record struct KeyValueHash(uint Hash, long HashedRevision, long CompactRevision, long CurrentRevision);

/// <summary>etcd's hash over history: the bucket's name, then each version's revision key and message, in order.</summary>
internal static class Hashing
{
    private const int RevisionKeyBytes = 8 + 1 + 8;

    public static KeyValueError Run(Root root, long revision, out KeyValueHash result)
    {
        result = default;
        if (revision > 0 && revision < root.Compacted)
            return KeyValueError.Compacted;
        if (revision > root.Revision)
            return KeyValueError.FutureRevision;
        if (revision == 0)
            revision = root.Revision;

        ReadView view = root.View;
        // etcd skips what no key keeps at that revision, unless no key keeps anything.
        bool anyKept = view.Count(KeyRange.All, revision) > 0;
        byte[] scratch = new byte[256];
        uint checksum = Crc32C.Of("key"u8);
        var scan = new RevisionScan(root);
        while (scan.MoveNext(out Record record))
        {
            if (record.Main > revision)
                break;
            if (record.Main <= root.Compacted)
            {
                if (record.IsTombstone || (anyKept && !IsInForce(view, record, revision)))
                    continue;
            }

            checksum = Extend(checksum, record, ref scratch);
        }

        result = new KeyValueHash(checksum, revision, root.Compacted, root.Revision);
        return KeyValueError.None;
    }

    private static bool IsInForce(in ReadView view, Record record, long revision) =>
        view.TryGet(record.Key, revision, out Record newest) && Record.Compare(newest, record) == 0;

    private static uint Extend(uint checksum, Record record, ref byte[] scratch)
    {
        int room = RevisionKeyBytes + 1 + 64 + record.KeyLength + record.ValueLength;
        if (scratch.Length < room)
            scratch = new byte[Math.Max(room, scratch.Length * 2)];
        BinaryPrimitives.WriteInt64BigEndian(scratch, record.Main);
        scratch[8] = (byte)'_';
        BinaryPrimitives.WriteInt64BigEndian(scratch.AsSpan(9), record.Sub);
        int at = RevisionKeyBytes;
        if (record.IsTombstone)
            scratch[at++] = (byte)'t';
        at += record.IsTombstone
            ? KeyValueCodec.WriteTombstone(scratch.AsSpan(at), record)
            : KeyValueCodec.Write(scratch.AsSpan(at), record, PairParts.Both);
        return Crc32C.Extend(checksum, scratch.AsSpan(0, at));
    }
}
