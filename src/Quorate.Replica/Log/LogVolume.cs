using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>
/// About how many bytes of log lie behind an entry: a mark each MiB, by index. What is overwritten counts again. Owner: the loop.
/// </summary>
internal sealed class LogVolume
{
    private const long MarkBytes = 1 << 20;
    private const long OverheadBytes = 96; // a record's header, its identity, and alignment

    private readonly List<Mark> marks = [new Mark(LogIndex.Zero, 0)];
    private LogIndex last;
    private long total;

    /// <summary>An entry is written.</summary>
    public void Add(LogIndex index, int payloadBytes)
    {
        total += payloadBytes + OverheadBytes;
        last = LogIndex.Max(last, index);
        if (total - marks[^1].Before >= MarkBytes && last > marks[^1].Index)
            marks.Add(new Mark(last, total));
    }

    /// <summary>Bytes of the entries after <paramref name="index"/>.</summary>
    public long BytesAfter(LogIndex index)
    {
        int at = marks.Count - 1;
        while (at > 0 && marks[at].Index > index)
            at--;
        return total - marks[at].Before;
    }

    /// <summary>The first entry after which no more than <paramref name="bytesMax"/> lie.</summary>
    public LogIndex IndexLeaving(long bytesMax)
    {
        foreach (Mark mark in marks)
        {
            if (total - mark.Before <= bytesMax)
                return mark.Index;
        }

        return last;
    }

    /// <summary>Entries up to <paramref name="index"/> are gone.</summary>
    public void Drop(LogIndex index)
    {
        int gone = 0;
        while (gone + 1 < marks.Count && marks[gone + 1].Index <= index)
            gone++;
        marks.RemoveRange(0, gone);
    }

    /// <param name="Index">An entry.</param>
    /// <param name="Before">Bytes of everything up to it.</param>
    private readonly record struct Mark(LogIndex Index, long Before);
}
