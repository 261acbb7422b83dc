using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// A file as the page cache shows it, with the history of each sector that is not durable yet. Pages of zeros take no memory.
/// </summary>
internal sealed class SimulatedFile(SectorPool pool)
{
    /// <summary>What a disk writes at once, if at all.</summary>
    public const int SectorBytes = 512;

    private const int PageBytes = 4096;
    private const int SectorsPerPage = PageBytes / SectorBytes;

    private readonly List<SectorHistory> unsynced = [];
    private readonly List<(long Sequence, long Length)> lengths = []; // older lengths, the durable one first
    private byte[]?[] pages = [];
    private SectorHistory?[]?[] histories = [];
    private long[]?[] stamps = [];
    private long lengthSequence;
    private readonly SortedDictionary<long, long> mended = []; // sectors that could not be read, written since: by which write; not synced yet
    private SortedSet<long> unreadable = [];

    /// <summary>Bytes, as the page cache shows it.</summary>
    public long Length { get; private set; }

    /// <summary>The last write to it.</summary>
    public long Sequence { get; private set; }

    /// <summary>The sync before the last one covered writes up to here: what was written later is the last batch.</summary>
    public long SettledSequence { get; private set; }

    private long SyncedSequence { get; set; }

    /// <summary>Whether anything is not durable.</summary>
    public bool IsDirty => unsynced.Count > 0 || lengths.Count > 0;

    /// <summary>Copies bytes out; fewer at the end of the file.</summary>
    public int Read(long offset, Span<byte> into)
    {
        int count = (int)Math.Clamp(Length - offset, 0, into.Length);
        into = into[..count];
        while (!into.IsEmpty)
        {
            int page = (int)(offset / PageBytes);
            int within = (int)(offset % PageBytes);
            int part = Math.Min(PageBytes - within, into.Length);
            if (page < pages.Length && pages[page] is { } bytes)
                bytes.AsSpan(within, part).CopyTo(into);
            else
                into[..part].Clear();
            into = into[part..];
            offset += part;
        }

        return count;
    }

    /// <summary>Writes into the page cache.</summary>
    public void Write(long offset, ReadOnlySpan<byte> from)
    {
        Sequence++;
        if (offset + from.Length > Length)
            ChangeLength(offset + from.Length);
        WriteSectors(offset, from);
    }

    /// <summary>Cuts or grows it.</summary>
    public void SetLength(long length)
    {
        Sequence++;
        if (length < Length)
            Erase(length);
        if (length != Length)
            ChangeLength(length);
    }

    /// <summary>What was written up to <paramref name="sequence"/> is durable.</summary>
    public void Synced(long sequence)
    {
        if (sequence > SyncedSequence)
        {
            SettledSequence = SyncedSequence;
            SyncedSequence = sequence;
        }

        int kept = 0;
        for (int i = 0; i < unsynced.Count; i++)
        {
            SectorHistory history = unsynced[i];
            if (history.Synced(sequence, pool))
                Forget(history);
            else
                unsynced[kept++] = history;
        }

        unsynced.RemoveRange(kept, unsynced.Count - kept);
        if (mended.Count > 0)
        {
            foreach (long sector in mended.Where(m => m.Value <= sequence).Select(m => m.Key).ToArray())
                mended.Remove(sector);
        }

        if (lengthSequence <= sequence)
            lengths.Clear();
        else
            while (lengths.Count > 1 && lengths[1].Sequence <= sequence)
                lengths.RemoveAt(0);
    }

    /// <summary>A sync failed: some sectors were written all the same, the others never will be.</summary>
    public void SyncFailed(Prng chance)
    {
        int kept = 0;
        for (int i = 0; i < unsynced.Count; i++)
        {
            SectorHistory history = unsynced[i];
            if (!history.Lost && chance.Chance(1, 3))
            {
                Forget(history);
                continue;
            }

            history.Lose(pool);
            unsynced[kept++] = history;
        }

        unsynced.RemoveRange(kept, unsynced.Count - kept);
        foreach (long sector in mended.Keys.ToArray())
            mended[sector] = long.MaxValue; // never, unless it is written again
    }

    /// <summary>The power fails: what each unsynced sector holds afterwards is chance.</summary>
    public void Cut(Prng chance, CutStyle style)
    {
        foreach (SectorHistory history in unsynced)
        {
            Span<byte> current = SectorAt(history.Sector);
            if (history.Lost)
                history[0].CopyTo(current);
            else
                CutSector(history, current, chance, style);
            Forget(history);
        }

        unsynced.Clear();
        foreach ((long sector, long write) in mended)
        {
            if (style != CutStyle.KeepAll || write == long.MaxValue)
                unreadable.Add(sector);
        }

        mended.Clear();
        if (lengths.Count > 0 && style != CutStyle.KeepAll)
        {
            int choice = style == CutStyle.LoseAll ? 0 : (int)chance.Below((ulong)lengths.Count + 1);
            if (choice < lengths.Count)
                Length = lengths[choice].Length;
        }

        lengths.Clear();
        ClearBeyondLength();
        SyncedSequence = SettledSequence = Sequence;
    }

    /// <summary>Whether sector <paramref name="sector"/> was durable before the last batch of writes, and holds more than zeros.</summary>
    public bool IsSettled(long sector) =>
        IsDurable(sector) && stamps[sector / SectorsPerPage]![sector % SectorsPerPage] <= SettledSequence;

    /// <summary>Whether sector <paramref name="sector"/> is durable, and holds more than zeros.</summary>
    public bool IsDurable(long sector)
    {
        int page = (int)(sector / SectorsPerPage);
        int within = (int)(sector % SectorsPerPage);
        return page < pages.Length && pages[page] is not null && histories[page]?[within] is null
            && SectorAt(sector).ContainsAnyExcept((byte)0);
    }

    /// <summary>The bytes of a sector, for damage.</summary>
    public Span<byte> SectorAt(long sector) =>
        Page((int)(sector / SectorsPerPage)).AsSpan((int)(sector % SectorsPerPage) * SectorBytes, SectorBytes);

    /// <summary>Damage: the device cannot read this sector, until it is written again.</summary>
    public void LoseSector(long sector) => unreadable.Add(sector);

    /// <summary>Whether the device can read all of it.</summary>
    public bool IsReadable => unreadable.Count == 0;

    /// <summary>Whether it can, and could after a power cut.</summary>
    public bool StaysReadable => IsReadable && mended.Count == 0;

    /// <summary>Whether the device can read these bytes.</summary>
    public bool CanRead(long offset, int length) =>
        unreadable.Count == 0 || length == 0
        || unreadable.GetViewBetween(offset / SectorBytes, (offset + length - 1) / SectorBytes).Count == 0;

    /// <summary>A copy of what would be left if the power failed now and nothing unsynced had been written.</summary>
    public SimulatedFile CopyDurable(SectorPool into)
    {
        var copy = new SimulatedFile(into) { Length = lengths.Count > 0 ? lengths[0].Length : Length, unreadable = [.. unreadable, .. mended.Keys] };
        copy.GrowTables(pages.Length);
        for (int i = 0; i < pages.Length; i++)
            copy.pages[i] = (byte[]?)pages[i]?.Clone();
        for (int i = 0; i < pages.Length; i++)
            copy.stamps[i] = pages[i] is null ? null : new long[SectorsPerPage];
        foreach (SectorHistory history in unsynced)
            history[0].CopyTo(copy.SectorAt(history.Sector));
        copy.ClearBeyondLength();
        return copy;
    }

    private void WriteSectors(long offset, ReadOnlySpan<byte> from)
    {
        while (!from.IsEmpty)
        {
            int within = (int)(offset % SectorBytes);
            int part = Math.Min(SectorBytes - within, from.Length);
            WriteSector(offset / SectorBytes, within, from[..part]);
            from = from[part..];
            offset += part;
        }
    }

    private void WriteSector(long sector, int within, ReadOnlySpan<byte> from)
    {
        if (unreadable.Count + mended.Count > 0 && (unreadable.Remove(sector) || mended.ContainsKey(sector)))
            mended[sector] = Sequence;
        int page = (int)(sector / SectorsPerPage);
        int place = (int)(sector % SectorsPerPage);
        bool blank = page >= pages.Length || pages[page] is null;
        if (blank && !from.ContainsAnyExcept((byte)0))
            return;
        Span<byte> current = SectorAt(sector);
        SectorHistory? history = histories[page]?[place];
        if (history is not { Lost: true } && current.Slice(within, from.Length).SequenceEqual(from))
            return;
        if (history is null)
        {
            history = pool.RentHistory();
            history.Begin(sector);
            (histories[page] ??= new SectorHistory?[SectorsPerPage])[place] = history;
            unsynced.Add(history);
        }

        history.Replace(current, Sequence, pool);
        from.CopyTo(current[within..]);
        stamps[page]![place] = Sequence;
    }

    private void Erase(long fromOffset)
    {
        Span<byte> zeros = stackalloc byte[SectorBytes];
        zeros.Clear();
        long end = Math.Min(Length, (long)pages.Length * PageBytes);
        for (long at = fromOffset; at < end;)
        {
            int part = (int)Math.Min(SectorBytes - at % SectorBytes, end - at);
            WriteSectors(at, zeros[..part]);
            at += part;
        }
    }

    private void ChangeLength(long length)
    {
        lengths.Add((lengthSequence, Length));
        lengthSequence = Sequence;
        Length = length;
    }

    private static void CutSector(SectorHistory history, Span<byte> current, Prng chance, CutStyle style)
    {
        switch (style)
        {
            case CutStyle.KeepAll:
                return;
            case CutStyle.LoseAll:
                history[0].CopyTo(current);
                return;
            case CutStyle.Subset:
                if (chance.Below((ulong)history.Older + 1) is var kept && (int)kept < history.Older)
                    history[(int)kept].CopyTo(current);
                return;
            case CutStyle.Torn:
                Tear(history[(int)chance.Below((ulong)history.Older)], current, chance);
                return;
        }
    }

    /// <summary>Any mix of old and new: a clean break among the bytes that differ, or byte by byte.</summary>
    private static void Tear(ReadOnlySpan<byte> old, Span<byte> current, Prng chance)
    {
        int first = old.CommonPrefixLength(current);
        if (first == SectorBytes)
            return;
        int last = SectorBytes - 1;
        while (old[last] == current[last])
            last--;
        int at = (int)chance.Between(first, last);
        switch (chance.Below(4))
        {
            case 0: // only the beginning was written
                old[at..].CopyTo(current[at..]);
                break;
            case 1: // only the end was written
                old[..(at + 1)].CopyTo(current[..(at + 1)]);
                break;
            case 2: // bytes here and there
                for (int i = 0; i < SectorBytes; i += 64)
                {
                    ulong bits = chance.NextUInt64();
                    for (int j = 0; j < 64; j++)
                        current[i + j] = ((bits >> j) & 1) == 0 ? old[i + j] : current[i + j];
                }

                break;
            default: // all or nothing
                if (chance.Chance(1, 2))
                    old.CopyTo(current);
                break;
        }
    }

    private void ClearBeyondLength()
    {
        int first = (int)((Length + PageBytes - 1) / PageBytes);
        for (int i = first; i < pages.Length; i++)
            pages[i] = null;
        int rest = (int)(Length % PageBytes);
        if (rest > 0 && first - 1 < pages.Length && pages[first - 1] is { } last)
            last.AsSpan(rest).Clear();
    }

    private void Forget(SectorHistory history)
    {
        histories[history.Sector / SectorsPerPage]![history.Sector % SectorsPerPage] = null;
        pool.Return(history);
    }

    private byte[] Page(int page)
    {
        if (page >= pages.Length)
            GrowTables(Math.Max(page + 1, pages.Length * 2));
        stamps[page] ??= new long[SectorsPerPage];
        return pages[page] ??= new byte[PageBytes];
    }

    private void GrowTables(int count)
    {
        Array.Resize(ref pages, count);
        Array.Resize(ref histories, count);
        Array.Resize(ref stamps, count);
    }
}

/// <summary>What a power cut does to sectors that are not durable.</summary>
internal enum CutStyle : byte
{
    /// <summary>All had been written.</summary>
    KeepAll,

    /// <summary>None had.</summary>
    LoseAll,

    /// <summary>Each on its own: any of the contents it had.</summary>
    Subset,

    /// <summary>Each on its own: any mix of old and new bytes.</summary>
    Torn,
}
