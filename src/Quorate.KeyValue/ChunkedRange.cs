using Quorate.Consensus;
using Quorate.KeyValue.Commands;
using Quorate.KeyValue.Mvcc;

namespace Quorate.KeyValue;

/// <summary>
/// A range answered in chunks, all as of one revision. Nothing is held between two chunks, so that a slow reader costs no memory: a compaction
/// past the revision ends it. Any thread, one at a time.
/// </summary>
public sealed class ChunkedRange
{
    private readonly KeyValueStore store;
    private readonly byte[] request;
    private byte[] next;
    private long revision;
    private long left;

    /// <summary>For a RangeRequest that <see cref="Requests.CheckRange"/> and <see cref="Requests.IsInKeyOrder"/> let pass; its bytes are copied.</summary>
    public ChunkedRange(KeyValueStore store, ReadOnlySpan<byte> request)
    {
        this.store = store;
        this.request = request.ToArray();
        Invariant.Check(RangeRequest.TryRead(this.request, out RangeRequest range) && range.IsInKeyOrder);
        next = range.Key.ToArray();
        left = range.Limit > 0 ? range.Limit : long.MaxValue;
    }

    /// <summary>Whether the last chunk was written: it alone tells the count, and whether the limit cut.</summary>
    public bool Ended { get; private set; }

    /// <summary>The store's revision at the first chunk, for the header.</summary>
    public long StoreRevision { get; private set; }

    /// <summary>Writes the next pairs, fields of a RangeResponse, until there are about <paramref name="bytesMax"/> bytes of them.</summary>
    public KeyValueError Next(ByteBuffer body, int bytesMax)
    {
        Invariant.Check(!Ended);
        RangeRequest.TryRead(request, out RangeRequest range);
        using Pin pin = store.Pins.Take();
        ReadView view = pin.Root.View;
        if (revision == 0)
        {
            StoreRevision = view.Revision;
            revision = range.Revision > 0 ? range.Revision : view.Revision;
        }

        if (revision > view.Revision)
            return KeyValueError.FutureRevision;
        if (revision < view.Compacted)
            return KeyValueError.Compacted;

        KeyRange whole = KeyRange.Of(range.Key, range.RangeEnd);
        byte[]? after = null;
        if (!range.CountOnly)
        {
            KeyRange rest = whole.IsOneKey ? whole : KeyRange.Of(next, range.RangeEnd);
            after = RangeReader.Chunk(rest, view, revision, RangeReader.PartsOf(range), ref left, body, bytesMax);
        }

        Ended = after is null || left == 0;
        next = after ?? next;
        if (!Ended)
            return KeyValueError.None;
        RangeReader.WriteEnd(body, more: after is not null, view.Count(whole, revision));
        store.Operations.Read(1);
        return KeyValueError.None;
    }
}
