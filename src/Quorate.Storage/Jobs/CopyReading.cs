using Quorate.Platform;

namespace Quorate.Storage.Jobs;

/// <summary>Reads what is kept twice. One whole copy is enough; the other may read wrong, or not at all.</summary>
internal static class CopyReading
{
    /// <summary>
    /// Reads each copy by itself; one that cannot be read leaves zeros. Fails if neither can be read, and if one cannot and the other is not whole: what
    /// cannot be read just now is not known to be damaged.
    /// </summary>
    /// <param name="calls">The job's.</param>
    /// <param name="file">Where they lie.</param>
    /// <param name="path">Its name, for people.</param>
    /// <param name="copies">Where each begins, and where it goes.</param>
    /// <param name="isAnyWhole">Whether one of what was read is whole.</param>
    public static IEnumerable<DiskRequest?> Steps(
        DiskCalls calls, DiskFile file, string path, (long Offset, Memory<byte> Into)[] copies, Func<bool> isAnyWhole)
    {
        int unreadable = 0;
        foreach ((long offset, Memory<byte> into) in copies)
        {
            yield return calls.Read(file, offset, into);
            if (calls.Error == DiskError.Device && ++unreadable < copies.Length)
                into.Span.Clear();
            else
                calls.Expect($"reading {path}");
        }

        if (unreadable > 0 && !isAnyWhole())
            throw new DiskFaultException(DiskError.Device, $"reading {path}: {DiskFaultException.Spell(DiskError.Device)}; its other copy is damaged");
    }
}
