using System.Buffers;
using System.Runtime.InteropServices;
using Quorate.KeyValue.Commands;

namespace Quorate.KeyValue.Mvcc;

/// <summary>Answers ranges from a view, as etcd 3.7 does. Any thread, inside the view's pin.</summary>
internal static unsafe class RangeReader
{
    private const int PairField = 2;
    private const int MoreField = 3;
    private const int CountField = 4;
    private const int PrefetchAhead = 6;

    /// <summary>Writes a RangeResponse without its header.</summary>
    public static KeyValueError Run(in RangeRequest request, in ReadView view, IBufferWriter<byte> body)
    {
        long at = request.Revision;
        if (at > view.Revision)
            return KeyValueError.FutureRevision;
        if (at <= 0)
            at = view.Revision;
        if (at < view.Compacted)
            return KeyValueError.Compacted;

        KeyRange range = KeyRange.Of(request.Key, request.RangeEnd);
        if (request.CountOnly)
            WriteNumber(body, CountField, view.Count(range, at));
        else if (request.InKeyOrder && !request.HasFilters && (request.SortTarget == SortTarget.Key || range.IsOneKey))
            Stream(request, range, view, at, body);
        else
            Sort(request, range, view, at, body);
        return KeyValueError.None;
    }

    /// <summary>Writes pairs in key order until there are at least <paramref name="bytesMax"/> bytes of them, or <paramref name="left"/> is used up.</summary>
    /// <returns>The key to go on from; null when there is none.</returns>
    public static byte[]? Chunk(
        in KeyRange range, in ReadView view, long at, PairParts parts, ref long left, ByteBuffer body, int bytesMax)
    {
        if (range.IsOneKey)
        {
            if (view.TryGet(range.From, at, out Record only))
                KeyValueCodec.WriteField(body, PairField, only, parts);
            return null;
        }

        int begun = body.Length;
        var cursor = new Cursor(view.Tree, range);
        while (cursor.MoveNext())
        {
            if (!view.TryResolve(cursor.Current, at, out Record record))
                continue;
            if (left == 0 || body.Length - begun >= bytesMax)
                return record.Key.ToArray();
            KeyValueCodec.WriteField(body, PairField, record, parts);
            left--;
        }

        return null;
    }

    /// <summary>The fields of a RangeResponse that follow the pairs.</summary>
    public static void WriteEnd(IBufferWriter<byte> body, bool more, long count)
    {
        WriteNumber(body, MoreField, more ? 1 : 0);
        WriteNumber(body, CountField, count);
    }

    /// <summary>What of each pair is answered.</summary>
    public static PairParts PartsOf(in RangeRequest request)
    {
        if (!request.KeysOnly)
            return PairParts.Both;
        // etcd takes keys alone from its index, which knows no leases, unless it must look at the values to sort them.
        return request.SortTarget == SortTarget.Value ? PairParts.Lease : PairParts.Neither;
    }

    /// <summary>Pairs in key order, as they are found.</summary>
    private static void Stream(in RangeRequest request, in KeyRange range, in ReadView view, long at, IBufferWriter<byte> body)
    {
        PairParts parts = PartsOf(request);
        if (range.IsOneKey)
        {
            if (!view.TryGet(range.From, at, out Record only))
                return;
            KeyValueCodec.WriteField(body, PairField, only, parts);
            WriteNumber(body, CountField, 1);
            return;
        }

        long limit = request.Limit > 0 ? request.Limit : long.MaxValue;
        long count = 0;
        bool more = false;
        var cursor = new Cursor(view.Tree, range);
        while (cursor.MoveNext())
        {
            if (cursor.TryPeek(PrefetchAhead, out PageEntry ahead))
                view.Prefetch(ahead);
            if (!view.TryResolve(cursor.Current, at, out Record record))
                continue;
            if (count == limit)
            {
                more = true;
                break;
            }

            KeyValueCodec.WriteField(body, PairField, record, parts);
            count++;
        }

        WriteNumber(body, MoreField, more ? 1 : 0);
        WriteNumber(body, CountField, more ? view.Count(range, at) : count);
    }

    /// <summary>Pairs that must be looked at together before the first can be answered.</summary>
    private static void Sort(in RangeRequest request, in KeyRange range, in ReadView view, long at, IBufferWriter<byte> body)
    {
        // Order none takes the first keys by key, whatever the target, and sorts those.
        bool pushDown = request.Limit > 0 && request.InKeyOrder && !request.HasFilters;
        long fetchMax = pushDown && request.Limit < long.MaxValue ? request.Limit + 1 : long.MaxValue;
        var found = new List<nint>();
        long total = 0;
        if (range.IsOneKey)
        {
            if (view.TryGet(range.From, at, out Record only))
            {
                total = 1;
                AddIfWanted(found, only, request);
            }
        }
        else
        {
            var cursor = new Cursor(view.Tree, range);
            while (found.Count < fetchMax && cursor.MoveNext())
            {
                if (!view.TryResolve(cursor.Current, at, out Record record))
                    continue;
                total++;
                AddIfWanted(found, record, request);
            }

            if (pushDown)
                total = view.Count(range, at);
        }

        Order(found, request);
        bool more = request.Limit > 0 && found.Count > request.Limit;
        int answered = more ? (int)request.Limit : found.Count;
        PairParts parts = PartsOf(request);
        foreach (nint record in CollectionsMarshal.AsSpan(found)[..answered])
            KeyValueCodec.WriteField(body, PairField, new Record((byte*)record), parts);
        WriteNumber(body, MoreField, more ? 1 : 0);
        WriteNumber(body, CountField, total);
    }

    private static void AddIfWanted(List<nint> found, Record record, in RangeRequest request)
    {
        bool wanted = (request.MaxModRevision == 0 || record.Main <= request.MaxModRevision)
            && (request.MinModRevision == 0 || record.Main >= request.MinModRevision)
            && (request.MaxCreateRevision == 0 || record.Create <= request.MaxCreateRevision)
            && (request.MinCreateRevision == 0 || record.Create >= request.MinCreateRevision);
        if (wanted)
            found.Add((nint)record.Address);
    }

    private static void Order(List<nint> found, in RangeRequest request)
    {
        SortTarget target = request.SortTarget;
        bool descend = request.SortOrder == SortOrder.Descend;
        if (target == SortTarget.Key)
        {
            if (descend)
                found.Reverse();
            return;
        }

        CollectionsMarshal.AsSpan(found).Sort((a, b) =>
        {
            var left = new Record((byte*)a);
            var right = new Record((byte*)b);
            int order = target switch
            {
                SortTarget.Version => left.Version.CompareTo(right.Version),
                SortTarget.Create => left.Create.CompareTo(right.Create),
                SortTarget.Mod => left.Main.CompareTo(right.Main),
                SortTarget.Value => left.Value.SequenceCompareTo(right.Value),
                SortTarget.Key => 0,
            };
            if (order == 0)
                return left.Key.SequenceCompareTo(right.Key);
            return descend ? -order : order;
        });
    }

    private static void WriteNumber(IBufferWriter<byte> body, int field, long number)
    {
        if (number == 0)
            return;
        Span<byte> room = body.GetSpan(20);
        int at = Wire.PutVarint(room, Wire.Tag(field, Wire.Varint));
        at += Wire.PutVarint(room[at..], (ulong)number);
        body.Advance(at);
    }
}
