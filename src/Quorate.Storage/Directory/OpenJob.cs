using Quorate.Consensus;
using Quorate.Platform;
using Quorate.Storage.Jobs;
using Quorate.Storage.Records;
using Quorate.Storage.Snapshots;

namespace Quorate.Storage.Directories;

/// <summary>
/// Opens a data directory: whose it is, the hard state, the checkpoint, the log; makes all that was read durable, raises the start count,
/// and removes what an unfinished start or checkpoint left. But for a copy of <c>state</c>, which is written as the other one reads, nothing is written before
/// it is sure whose directory it is.
/// </summary>
internal sealed class OpenJob(DiskCalls calls, StorageOptions options, IRandomBits random, CheckpointStore checkpoints)
{
    private readonly List<DiskFile> open = [];
    private readonly GroupSet groups = new();
    private SegmentStore segments = null!; // once the identity is known
    private HardStateBook book = null!; // once it was read
    private DiskFile stateFile;

    /// <summary>Whose directory it turned out to be.</summary>
    public IdentityRecord Identity { get; private set; } = null!;

    /// <summary>What the log goes on from.</summary>
    public LogParts Parts => new(segments, groups, book, stateFile);

    /// <summary>The configuration before the log's first entry.</summary>
    public Configuration FirstConfiguration { get; private set; } = null!;

    /// <summary>Files to be closed when the start is refused.</summary>
    public IEnumerable<DiskFile> OpenFiles => open;

    public IEnumerable<DiskRequest?> Run()
    {
        foreach (DiskRequest? request in RefuseEtcd())
            yield return request;
        foreach (DiskRequest? request in Take())
            yield return request;
        foreach (DiskRequest? request in ReadIdentity())
            yield return request;
        foreach (DiskRequest? request in ReadFirstConfiguration())
            yield return request;
        foreach (DiskRequest? request in OpenHardState())
            yield return request;
        foreach (DiskRequest? request in ReadManifests())
            yield return request;
        foreach (DiskRequest? request in ReadLog())
            yield return request;
        foreach (DiskRequest? request in RaiseStartCount())
            yield return request;
    }

    private IEnumerable<DiskRequest?> RefuseEtcd()
    {
        yield return calls.List("member");
        if (calls.Error == DiskError.NotFound)
            yield break;
        calls.Expect("looking into member");
        if (calls.Names.Contains("wal") || calls.Names.Contains("snap"))
        {
            throw DiskFaultException.Refuse(
                StorageRefusal.EtcdDirectory,
                $"{options.DirectoryName} is an etcd data directory and was left as it is: give another --data-dir "
                + "(bringing etcd's data over by snapshot restore is not built yet)");
        }
    }

    private IEnumerable<DiskRequest?> Take()
    {
        yield return calls.MakeDirectory("");
        calls.Expect("making the directory");
        yield return calls.Lock("lock");
        if (calls.Error == DiskError.Busy)
            throw DiskFaultException.Refuse(StorageRefusal.InUse, $"{options.DirectoryName} is in use by another process");
        calls.Expect("locking");
        open.Add(calls.File);
    }

    private IEnumerable<DiskRequest?> ReadIdentity()
    {
        yield return calls.Open(IdentityRecord.Path);
        if (calls.Error == DiskError.NotFound)
        {
            foreach (DiskRequest? request in Create())
                yield return request;
            yield break;
        }

        calls.Expect("opening identity");
        DiskFile file = calls.File;
        open.Add(file);
        byte[] bytes = new byte[IdentityRecord.FileBytes];
        (long Offset, Memory<byte> Bytes)[] copies = IdentityRecord.CopiesOf(bytes);
        foreach (DiskRequest? request in CopyReading.Steps(calls, file, IdentityRecord.Path, copies, () => IdentityRecord.Read(bytes) is not null))
            yield return request;
        Identity = IdentityCheck.Accept(IdentityRecord.Read(bytes), options);
        int damaged = Array.FindIndex(copies, copy => !IdentityRecord.IsWhole(copy.Bytes.Span));
        if (damaged >= 0)
        {
            yield return calls.Write(file, copies[damaged].Offset, copies[1 - damaged].Bytes);
            calls.Expect("writing identity");
            yield return calls.Sync(file);
            calls.Expect("syncing identity");
        }

        open.Remove(file);
        yield return calls.Close(file);
        calls.Expect("closing identity");

        // A killed process leaves names that can be read and that a power cut would still take, a manifest's among them.
        foreach (string directory in new[] { "", "log", "snap" })
        {
            yield return calls.SyncDirectory(directory);
            if (calls.Error == DiskError.NotFound)
                throw new DiskFaultException(DiskError.None, $"directory {directory} is missing; replace this member");
            calls.Expect($"syncing directory {directory}");
        }

        segments = new SegmentStore(options, random, Identity.Instance);
    }

    private IEnumerable<DiskRequest?> ReadFirstConfiguration()
    {
        yield return calls.Open(FirstConfigurationFile.Path);
        if (calls.Error == DiskError.NotFound)
            throw new DiskFaultException(DiskError.None, $"the file {FirstConfigurationFile.Path} is missing; replace this member");
        calls.Expect($"opening {FirstConfigurationFile.Path}");
        byte[] bytes = new byte[calls.Transferred];
        foreach (DiskRequest? request in ReadOpened(FirstConfigurationFile.Path, bytes))
            yield return request;
        FirstConfiguration = FirstConfigurationFile.Read(bytes)
            ?? throw new DiskFaultException(DiskError.None, $"the file {FirstConfigurationFile.Path} is damaged; replace this member");
    }

    /// <summary>Reads the file that was opened just now, and closes it.</summary>
    private IEnumerable<DiskRequest?> ReadOpened(string path, byte[] into)
    {
        DiskFile file = calls.File;
        yield return calls.Read(file, 0, into);
        calls.Expect($"reading {path}");
        yield return calls.Close(file);
        calls.Expect($"closing {path}");
    }

    /// <summary>A new directory. Its identity comes last: until then a crash leaves one that is made anew.</summary>
    private IEnumerable<DiskRequest?> Create()
    {
        yield return calls.Open(HardStateBook.Path);
        if (calls.Error == DiskError.None)
        {
            foreach (DiskRequest? request in ReadHardState(calls.File))
                yield return request;
            if (book.StartCount > 0)
                throw IdentityMissing();
        }
        else if (calls.Error != DiskError.NotFound)
        {
            calls.Expect("opening state");
        }

        foreach (DiskRequest? request in ExpectNoneIn("log", static name => SnapNames.TrySegment(name, ".log", out _)))
            yield return request;
        foreach (DiskRequest? request in ExpectNoneIn("snap", static name => SnapNames.TryManifest(name, out _)))
            yield return request;

        IdentityCheck.ExpectComplete(options.Identity);
        ulong instance = random.Next();
        while (instance == 0)
            instance = random.Next();
        Identity = new IdentityRecord(IdentityRecord.FormatCurrent, options.Identity, new InstanceId(instance));
        segments = new SegmentStore(options, random, Identity.Instance);
        yield return calls.MakeDirectory("log");
        calls.Expect("making directory log");
        yield return calls.MakeDirectory("snap");
        calls.Expect("making directory snap");
        foreach (DiskRequest? request in CreateHardState())
            yield return request;
        byte[] first = FirstConfigurationFile.ToBytes(options.FirstConfiguration);
        foreach (DiskRequest? request in WriteNew(FirstConfigurationFile.Path, file => calls.Write(file, 0, first)))
            yield return request;
        foreach (DiskRequest? request in WriteNew(IdentityRecord.NewPath, file => calls.Write(file, 0, Identity.ToBytes())))
            yield return request;
        yield return calls.Rename(IdentityRecord.NewPath, IdentityRecord.Path);
        calls.Expect("naming identity");
        yield return calls.SyncDirectory("");
        calls.Expect("syncing the directory");
    }

    /// <summary>Log and checkpoints come after the identity: where there are any, it was lost, and the hard state with it.</summary>
    private IEnumerable<DiskRequest?> ExpectNoneIn(string directory, Func<string, bool> isOurs)
    {
        yield return calls.List(directory);
        if (calls.Error == DiskError.NotFound)
            yield break;
        calls.Expect($"listing {directory}");
        if (calls.Names.Any(isOurs))
            throw IdentityMissing();
    }

    private DiskFaultException IdentityMissing() => DiskFaultException.Refuse(
        StorageRefusal.Damaged, $"{options.DirectoryName}: the file identity is missing; replace this member");

    private IEnumerable<DiskRequest?> CreateHardState()
    {
        book = new HardStateBook { Number = 1, Instance = Identity.Instance };
        if (open.Remove(stateFile))
        {
            yield return calls.Close(stateFile);
            calls.Expect("closing state");
        }

        byte[] bytes = new byte[HardStateBook.OffsetOf(1) + HardStateBook.CopyBytes];
        book.Write(bytes, 0);
        book.Write(bytes.AsSpan((int)HardStateBook.OffsetOf(1)), 1);
        foreach (DiskRequest? request in WriteNew(HardStateBook.Path, file => calls.Write(file, 0, bytes)))
            yield return request;
    }

    /// <summary>A file from nothing, durable under its name.</summary>
    private IEnumerable<DiskRequest?> WriteNew(string path, Func<DiskFile, DiskRequest> write)
    {
        yield return calls.Delete(path);
        calls.Expect($"removing {path}");
        yield return calls.Create(path);
        calls.Expect($"creating {path}");
        DiskFile file = calls.File;
        open.Add(file);
        yield return write(file);
        calls.Expect($"writing {path}");
        yield return calls.Sync(file);
        calls.Expect($"syncing {path}");
        open.Remove(file);
        yield return calls.Close(file);
        calls.Expect($"closing {path}");
        yield return calls.SyncDirectory("");
        calls.Expect("syncing the directory");
    }

    private IEnumerable<DiskRequest?> OpenHardState()
    {
        if (open.Remove(stateFile))
        {
            yield return calls.Close(stateFile);
            calls.Expect("closing state");
        }

        yield return calls.Open(HardStateBook.Path);
        if (calls.Error == DiskError.NotFound)
        {
            throw DiskFaultException.Refuse(
                StorageRefusal.Damaged, $"{options.DirectoryName}: the file state (term and vote) is missing; replace this member");
        }

        calls.Expect("opening state");
        foreach (DiskRequest? request in ReadHardState(calls.File))
            yield return request;
        if (book.Instance != Identity.Instance)
        {
            throw DiskFaultException.Refuse(
                StorageRefusal.Damaged, $"{options.DirectoryName}: the file state (term and vote) is damaged in both copies; replace this member");
        }
    }

    private IEnumerable<DiskRequest?> ReadHardState(DiskFile file)
    {
        stateFile = file;
        open.Add(file);
        byte[] bytes = new byte[HardStateBook.OffsetOf(1) + HardStateBook.CopyBytes];
        HardStateBook? OfCopy(int copy) => HardStateBook.Read(bytes.AsSpan((int)HardStateBook.OffsetOf(copy)), copy);
        (long Offset, Memory<byte> Bytes)[] copies = HardStateBook.CopiesOf(bytes);
        foreach (DiskRequest? request in CopyReading.Steps(calls, file, HardStateBook.Path, copies, () => (OfCopy(0) ?? OfCopy(1)) is not null))
            yield return request;
        HardStateBook? first = OfCopy(0);
        HardStateBook? second = OfCopy(1);
        book = first is null || (second is not null && second.Number > first.Number) ? second ?? new HardStateBook() : first;
        if (first is null != second is null)
        {
            // The only one may be in the page cache alone: the other may have rotted, or cannot be read just now. After a sync that failed another one
            // writes nothing, so it is written again.
            int whole = first is null ? 1 : 0;
            yield return calls.Write(file, copies[whole].Offset, copies[whole].Bytes);
            calls.Expect("writing state");
            yield return calls.Sync(file);
            calls.Expect("syncing state");
        }

        if (first is null || (second is not null && first.Number != second.Number))
            yield break; // copy 1 is durable, and copy 0 is the first to be written next

        // Copy 0 is durable; copy 1 may be torn on disk whatever the page cache shows. It must be whole before copy 0 is touched.
        first.Write(bytes, 1);
        yield return calls.Write(file, HardStateBook.OffsetOf(1), bytes.AsMemory(0, HardStateBook.CopyBytes));
        calls.Expect("writing state");
        yield return calls.Sync(file);
        calls.Expect("syncing state");
    }

    private IEnumerable<DiskRequest?> ReadManifests()
    {
        yield return calls.List("snap");
        calls.Expect("listing snap");
        string[] names = calls.Names;
        foreach (string name in names)
        {
            if (!SnapNames.TryManifest(name, out GroupId group))
                continue;
            foreach (DiskRequest? request in ReadManifest(group))
                yield return request;
        }

        ExpectCheckpoints();
        foreach (string name in names)
        {
            if (SnapNames.TryFile(name, out GroupId group, out ulong number))
            {
                CheckpointShelf shelf = checkpoints.ShelfOf(group);
                shelf.NoteNumber(number);
                if (shelf.Published?.File.Number == number)
                    continue;
            }
            else if (!name.EndsWith(".new", StringComparison.Ordinal))
            {
                continue;
            }

            yield return calls.Delete($"snap/{name}");
            calls.Expect($"removing snap/{name}");
        }
    }

    private void ExpectCheckpoints()
    {
        foreach (GroupId group in book.Groups)
        {
            if (checkpoints.ShelfOf(group).Latest.Index < book.FloorOf(group))
            {
                throw new DiskFaultException(
                    DiskError.None,
                    $"{Manifest.PathOf(group)} is missing, or older than entry {book.FloorOf(group)}, up to which the log was dropped; replace this member");
            }
        }
    }

    private IEnumerable<DiskRequest?> ReadManifest(GroupId group)
    {
        string path = Manifest.PathOf(group);
        yield return calls.Open(path);
        calls.Expect($"opening {path}");
        byte[] bytes = new byte[calls.Transferred];
        foreach (DiskRequest? request in ReadOpened(path, bytes))
            yield return request;
        Manifest? manifest = Manifest.Read(bytes, group);
        if (manifest is null)
            throw new DiskFaultException(DiskError.None, $"{path} is damaged; replace this member");
        checkpoints.ShelfOf(group).Publish(manifest);
        GroupLog log = groups.Of(group);
        log.CutOffset = manifest.CutOffset;
        log.CutIndex = manifest.CutIndex;
        yield return calls.Open(manifest.File.Path);
        if (calls.Error == DiskError.NotFound)
            throw new DiskFaultException(DiskError.None, $"{manifest.File.Path} is missing; replace this member");
        calls.Expect($"opening {manifest.File.Path}");
        yield return calls.Close(calls.File);
        calls.Expect($"closing {manifest.File.Path}");
    }

    private IEnumerable<DiskRequest?> ReadLog()
    {
        long known = book.DurableOffset;
        foreach (GroupLog group in groups.All)
            known = Math.Max(known, checkpoints.ShelfOf(group.Group).Published?.LogOffset ?? 0);
        var found = new List<Segment>();
        bool isNew = known == 0 && book.StartCount == 0;
        var finder = new SegmentFinder(calls, segments, options, Identity.Instance, open);
        foreach (DiskRequest? request in finder.Run(found, isNew, book.FirstSegment))
            yield return request;
        if (found.Count == 0)
        {
            // The next segment is made only when the member runs: better no start than one that takes nothing.
            yield return calls.FreeSpace();
            calls.Expect("looking for space");
            long wanted = (long)segments.FirstBytes + options.SegmentBytes;
            if (calls.Transferred < wanted)
                throw new DiskFaultException(DiskError.NoSpace, $"reserving {wanted >> 10} KiB for the log: {DiskFaultException.Spell(DiskError.NoSpace)}");
            foreach (DiskRequest? request in segments.Prepare(calls))
                yield return request;
            open.Add(segments.Prepared!.File);
            segments.Start();
            yield break;
        }

        var scan = new LogScan(calls, groups, found, known);
        foreach (DiskRequest? request in scan.Run())
            yield return request;
        // Prepared ahead, without records: their lives end here, so that nothing written in them can ever be read.
        for (int i = found.Count - 1; i > scan.LastSegment; i--)
        {
            open.Remove(found[i].File);
            foreach (DiskRequest? request in segments.Retire(calls, found[i]))
                yield return request;
        }

        foreach (DiskRequest? request in new LogRepair(calls, found, scan.LastSegment, scan.Durable).Run())
            yield return request;
        segments.Live.AddRange(found[..(scan.LastSegment + 1)]);
    }

    private IEnumerable<DiskRequest?> RaiseStartCount()
    {
        foreach (GroupLog group in groups.All)
        {
            book.Raise(group.Group, group.Newest);
            book.Raise(group.Group, checkpoints.ShelfOf(group.Group).Latest.Epoch);
        }

        book.StartCount++;
        book.Number++;
        book.DurableOffset = segments.Active.EndOffset;
        byte[] bytes = new byte[HardStateBook.CopyBytes];
        for (int copy = 0; copy < 2; copy++)
        {
            book.Write(bytes, copy);
            yield return calls.Write(stateFile, HardStateBook.OffsetOf(copy), bytes);
            calls.Expect("writing state");
            yield return calls.Sync(stateFile);
            calls.Expect("syncing state");
        }
    }
}
