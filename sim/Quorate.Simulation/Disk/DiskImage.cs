using Quorate.Consensus;
using Quorate.Platform;

namespace Quorate.Simulation;

/// <summary>
/// What a machine's disk holds, its page cache included: it outlives the processes that use it through a <see cref="SimulatedDisk"/>.
/// Owner: one thread.
/// </summary>
public sealed class DiskImage
{
    private readonly SectorPool pool = new();
    private readonly SimulatedDirectory root = new();
    private readonly Prng cuts;
    private readonly Prng damage;

    /// <summary>An empty disk of <paramref name="capacityBytes"/>; <paramref name="seed"/> decides what cuts and damage do.</summary>
    public DiskImage(ulong seed, long capacityBytes = long.MaxValue)
    {
        cuts = new Prng(seed);
        damage = new Prng(~seed);
        CapacityBytes = capacityBytes;
    }

    /// <summary>Bytes that fit, counted by the lengths of files.</summary>
    public long CapacityBytes { get; set; }

    /// <summary>Bytes taken.</summary>
    public long UsedBytes => Files().Sum(f => f.File.Length);

    /// <summary>Bytes free.</summary>
    public long FreeBytes => Math.Max(0, CapacityBytes - UsedBytes);

    /// <summary>Lock files held, by name.</summary>
    internal HashSet<string> Locks { get; } = new(StringComparer.Ordinal);

    /// <summary>The power fails: what was not synced is kept, lost, reordered or torn as chance has it.</summary>
    public void PowerCut() => PowerCut((CutStyle)cuts.Below(4));

    /// <summary>The power fails and nothing that was not synced had been written.</summary>
    public void PowerCutLosingAll() => PowerCut(CutStyle.LoseAll);

    internal void PowerCut(CutStyle style)
    {
        // Files that only an unsynced name reaches, or a durable one that was removed: both may be there afterwards.
        foreach (SimulatedFile file in EveryFile())
            file.Cut(cuts, style);
        CutDirectory(root, style);
        Locks.Clear();
    }

    /// <summary>The disk as a power cut that loses everything unsynced would leave it, to look at; this one stays as it is.</summary>
    public DiskImage CopyDurable(ulong seed)
    {
        var copy = new DiskImage(seed);
        CopyDirectory(root, copy.root, copy.pool, new Dictionary<SimulatedFile, SimulatedFile>(ReferenceEqualityComparer.Instance));
        return copy;
    }

    /// <summary>Each file with its path, in ordinal order of paths.</summary>
    public IEnumerable<string> Paths() => Files().Select(f => f.Path);

    /// <summary>Files with sectors that the device cannot read.</summary>
    public IEnumerable<string> UnreadablePaths() => Files().Where(f => !f.File.IsReadable).Select(f => f.Path);

    /// <summary>Those, and files with sectors that a power cut may make so again.</summary>
    public IEnumerable<string> DoubtfulPaths() => Files().Where(f => !f.File.StaysReadable).Select(f => f.Path);

    /// <summary>Sectors of a file that were durable before its last batch of writes, and hold more than zeros.</summary>
    public IReadOnlyList<long> SettledSectors(string path) => Sectors(path, static (file, sector) => file.IsSettled(sector));

    /// <summary>Sectors of a file that are durable, and hold more than zeros.</summary>
    public IReadOnlyList<long> DurableSectors(string path) => Sectors(path, static (file, sector) => file.IsDurable(sector));

    /// <summary>Rot: some bits of a sector turn.</summary>
    public void Rot(string path, long sector)
    {
        Span<byte> bytes = FileAt(path).SectorAt(sector);
        for (int i = (int)damage.Between(1, 16); i > 0; i--)
            bytes[(int)damage.Below((ulong)bytes.Length)] ^= (byte)damage.Between(1, 255);
    }

    /// <summary>A sector that the device cannot read any more, until it is written again.</summary>
    public void LoseSector(string path, long sector) => FileAt(path).LoseSector(sector);

    /// <summary>A misdirected write: what belongs in <paramref name="from"/> went to <paramref name="to"/>.</summary>
    public void Misdirect(string path, long from, long to)
    {
        SimulatedFile file = FileAt(path);
        file.SectorAt(from).CopyTo(file.SectorAt(to));
        file.SectorAt(from).Clear();
    }

    /// <summary>Damage to metadata: a name is gone.</summary>
    public void LoseEntry(string path)
    {
        (SimulatedDirectory? directory, string name) = Locate(path);
        directory?.LoseEntry(name);
    }

    internal object? Find(string path)
    {
        (SimulatedDirectory? directory, string name) = Locate(path);
        return name.Length == 0 ? root : directory?.Find(name);
    }

    /// <summary>The directory that holds, or would hold, <paramref name="path"/>, and the last part of it.</summary>
    internal (SimulatedDirectory? Directory, string Name) Locate(string path)
    {
        SimulatedDirectory? directory = root;
        ReadOnlySpan<char> rest = path.AsSpan().Trim('/');
        while (rest.IndexOf('/') is var slash and >= 0)
        {
            directory = directory?.Find(rest[..slash].ToString()) as SimulatedDirectory;
            rest = rest[(slash + 1)..].TrimStart('/');
        }

        return (directory, rest is "." ? "" : rest.ToString());
    }

    internal SimulatedFile NewFile() => new(pool);

    /// <summary>Whether <paramref name="moreBytes"/> would still fit.</summary>
    internal bool Fits(long moreBytes) => moreBytes <= 0 || CapacityBytes == long.MaxValue || FreeBytes >= moreBytes;

    internal DiskError FindFile(string path, out SimulatedFile file)
    {
        file = null!;
        if (Find(path) is not SimulatedFile found)
            return DiskError.NotFound;
        file = found;
        return DiskError.None;
    }

    private List<long> Sectors(string path, Func<SimulatedFile, long, bool> wanted)
    {
        var sectors = new List<long>();
        if (Find(path) is SimulatedFile file)
        {
            for (long sector = 0; sector * SimulatedFile.SectorBytes < file.Length; sector++)
            {
                if (wanted(file, sector))
                    sectors.Add(sector);
            }
        }

        return sectors;
    }

    private SimulatedFile FileAt(string path)
    {
        Invariant.Check(Find(path) is SimulatedFile);
        return (SimulatedFile)Find(path)!;
    }

    private IEnumerable<(string Path, SimulatedFile File)> Files() => FilesIn(root, "", durable: false);

    private IEnumerable<SimulatedFile> EveryFile()
    {
        var seen = new HashSet<SimulatedFile>(ReferenceEqualityComparer.Instance);
        foreach ((_, SimulatedFile file) in FilesIn(root, "", durable: false).Concat(FilesIn(root, "", durable: true)))
        {
            if (seen.Add(file))
                yield return file;
        }
    }

    private static IEnumerable<(string Path, SimulatedFile File)> FilesIn(SimulatedDirectory directory, string prefix, bool durable)
    {
        foreach ((string name, object value) in durable ? directory.DurableNames : directory.Names)
        {
            if (value is SimulatedFile file)
                yield return (prefix + name, file);
            else if (value is SimulatedDirectory inner)
                foreach ((string Path, SimulatedFile File) found in FilesIn(inner, $"{prefix}{name}/", durable))
                    yield return found;
        }
    }

    private void CutDirectory(SimulatedDirectory directory, CutStyle style)
    {
        directory.Cut(cuts, style);
        foreach ((_, object value) in directory.Names)
        {
            if (value is SimulatedDirectory inner)
                CutDirectory(inner, style);
        }
    }

    private static void CopyDirectory(
        SimulatedDirectory from, SimulatedDirectory to, SectorPool pool, Dictionary<SimulatedFile, SimulatedFile> copies)
    {
        foreach ((string name, object value) in from.DurableNames)
        {
            if (value is SimulatedFile file)
            {
                if (!copies.TryGetValue(file, out SimulatedFile? copy))
                    copies.Add(file, copy = file.CopyDurable(pool));
                to.Set(name, copy);
            }
            else
            {
                var inner = new SimulatedDirectory();
                to.Set(name, inner);
                CopyDirectory((SimulatedDirectory)value, inner, pool, copies);
            }
        }

        to.Synced(long.MaxValue);
    }
}
