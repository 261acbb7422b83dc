namespace Quorate.Simulation;

/// <summary>
/// What one sector held since it was last durable: the durable contents first, then each that was written over them since; the latest
/// lies in the file itself. A power cut may leave any of them.
/// </summary>
internal sealed class SectorHistory
{
    /// <summary>More versions than this are thinned out: a cut that finds one of four is bad enough.</summary>
    private const int VersionsMax = 4;

    private readonly List<(long Sequence, byte[] Bytes)> versions = [];

    /// <summary>Which sector of its file.</summary>
    public long Sector { get; private set; }

    /// <summary>The write that made what the file holds now.</summary>
    public long CurrentSequence { get; private set; }

    /// <summary>A sync failed on it: it can be read, counts as clean, and will never be written (the kernel dropped the page).</summary>
    public bool Lost { get; private set; }

    /// <summary>How many contents a cut can choose from, but for the latest.</summary>
    public int Older => versions.Count;

    /// <summary>An older content; 0 is the durable one.</summary>
    public byte[] this[int version] => versions[version].Bytes;

    /// <summary>Begins anew for <paramref name="sector"/>.</summary>
    public void Begin(long sector)
    {
        Sector = sector;
        Lost = false;
        CurrentSequence = 0;
    }

    /// <summary>Write <paramref name="sequence"/> is about to replace <paramref name="current"/>.</summary>
    public void Replace(ReadOnlySpan<byte> current, long sequence, SectorPool pool)
    {
        if (versions.Count == VersionsMax)
        {
            pool.Return(versions[1].Bytes);
            versions.RemoveAt(1);
        }

        if (versions.Count == 0 || (!Lost && CurrentSequence != sequence))
        {
            byte[] copy = pool.Rent();
            current.CopyTo(copy);
            versions.Add((CurrentSequence, copy));
        }

        Lost = false;
        CurrentSequence = sequence;
    }

    /// <summary>Everything written up to <paramref name="sequence"/> is durable.</summary>
    /// <returns>Whether nothing newer is left, so that the history ends.</returns>
    public bool Synced(long sequence, SectorPool pool)
    {
        if (Lost)
            return false;
        if (CurrentSequence <= sequence)
            return true;
        while (versions.Count > 1 && versions[1].Sequence <= sequence)
        {
            pool.Return(versions[0].Bytes);
            versions.RemoveAt(0);
        }

        return false;
    }

    /// <summary>A sync failed and this sector was not written.</summary>
    public void Lose(SectorPool pool)
    {
        Lost = true;
        while (versions.Count > 1)
        {
            pool.Return(versions[^1].Bytes);
            versions.RemoveAt(versions.Count - 1);
        }
    }

    /// <summary>Gives its memory back.</summary>
    public void End(SectorPool pool)
    {
        foreach ((_, byte[] bytes) in versions)
            pool.Return(bytes);
        versions.Clear();
    }
}

/// <summary>Sector-sized buffers and histories for reuse. Owner: one image.</summary>
internal sealed class SectorPool
{
    private readonly Stack<byte[]> buffers = new();
    private readonly Stack<SectorHistory> histories = new();

    public byte[] Rent() => buffers.TryPop(out byte[]? kept) ? kept : new byte[SimulatedFile.SectorBytes];

    public void Return(byte[] buffer) => buffers.Push(buffer);

    public SectorHistory RentHistory() => histories.TryPop(out SectorHistory? kept) ? kept : new SectorHistory();

    public void Return(SectorHistory history)
    {
        history.End(this);
        histories.Push(history);
    }
}
