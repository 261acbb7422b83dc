using Quorate.Consensus;

namespace Quorate.Storage.Snapshots;

/// <summary>A group's published checkpoint, its readers, and the numbers of its files.</summary>
internal sealed class CheckpointShelf(GroupId group)
{
    private readonly List<HeldFile> held = [];
    private ulong lastNumber;

    public GroupId Group { get; } = group;

    /// <summary>What is published; null when nothing is.</summary>
    public Manifest? Published { get; private set; }

    /// <summary>As published; before the first one, the empty configuration at index 0.</summary>
    public SnapshotInfo Latest => Published?.Info ?? SnapshotInfo.Initial(Configuration.Empty);

    /// <summary>A file of that number exists or has existed.</summary>
    public void NoteNumber(ulong number) => lastNumber = Math.Max(lastNumber, number);

    /// <summary>A new file.</summary>
    public BlockFile NewFile(ulong seed) => new(Group, ++lastNumber, seed, 0);

    /// <summary>Publishes; what was published before is to be removed once nobody reads it.</summary>
    /// <returns>The file to be removed now; null when there is none.</returns>
    public BlockFile? Publish(Manifest manifest)
    {
        BlockFile? before = Published?.File;
        Published = manifest;
        NoteNumber(manifest.File.Number);
        return before is null || IsHeld(before) ? null : before;
    }

    /// <summary>Keeps the published file whole.</summary>
    public Manifest Hold()
    {
        Invariant.Check(Published is not null);
        Manifest manifest = Published;
        foreach (HeldFile file in held)
        {
            if (file.File != manifest.File)
                continue;
            file.Readers++;
            return manifest;
        }

        held.Add(new HeldFile(manifest.File) { Readers = 1 });
        return manifest;
    }

    /// <summary>One reader less.</summary>
    /// <returns>The file, if it is to be removed now.</returns>
    public BlockFile? Release(BlockFile file)
    {
        HeldFile entry = held.Find(h => h.File == file)!;
        if (--entry.Readers > 0)
            return null;
        held.Remove(entry);
        return Published!.File == file ? null : file;
    }

    private bool IsHeld(BlockFile file) => held.Exists(h => h.File == file);

    private sealed class HeldFile(BlockFile file)
    {
        public BlockFile File { get; } = file;

        public int Readers { get; set; }
    }
}
