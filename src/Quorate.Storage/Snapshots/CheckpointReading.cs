using Quorate.Consensus;
using Quorate.Platform;
using Quorate.Storage.Jobs;

namespace Quorate.Storage.Snapshots;

/// <summary>Reads published checkpoints by pieces, each checked, for peers and for the state machine.</summary>
internal sealed class CheckpointReading
{
    private readonly CheckpointStore store;
    private readonly JobRunner runner;
    private readonly DiskCalls calls;
    private readonly byte[] block = new byte[BlockFile.BlockBytes];
    private readonly SortedList<ulong, Reader> readers = [];

    public CheckpointReading(IDisk disk, CheckpointStore store)
    {
        this.store = store;
        runner = new JobRunner(disk);
        calls = new DiskCalls(runner, background: true);
    }

    public void Open(GroupId group, ulong reader) => Run(OpenSteps(group, reader));

    public void Read(GroupId group, ulong reader, int bytesMax) => Run(ReadSteps(group, reader, bytesMax));

    public void Close(GroupId group, ulong reader) => Run(CloseSteps(group, reader));

    public void Restore(GroupId group, ISnapshotSink sink, IStorageStart start, Action<DiskFaultException> failed) =>
        runner.Add(RestoreSteps(group, sink, start), failed);

    private void Run(IEnumerable<DiskRequest?> steps) => runner.Add(steps, fault => store.Log.Fail(fault.Message));

    private IEnumerable<DiskRequest?> OpenSteps(GroupId group, ulong reader)
    {
        Manifest manifest = store.ShelfOf(group).Hold();
        yield return calls.Open(manifest.File.Path);
        calls.Expect($"opening {manifest.File.Path}");
        readers.Add(reader, new Reader(manifest, calls.File));
        store.Events.Opened(group, reader, manifest.Info, manifest.File.LengthBytes);
    }

    private IEnumerable<DiskRequest?> ReadSteps(GroupId group, ulong number, int bytesMax)
    {
        Reader reader = readers[number];
        BlockFile file = reader.Manifest.File;
        if (reader.Position == file.LengthBytes)
        {
            yield return calls.Later();
            store.Events.Piece(group, number, []);
            yield break;
        }

        foreach (DiskRequest? request in ReadBlock(file, reader.File, reader.Position))
            yield return request;
        int skip = (int)(reader.Position % BlockFile.ContentBytes);
        int count = Math.Min(bytesMax, file.BlockLength(reader.Position) - BlockFile.HeaderBytes - skip);
        reader.Position += count;
        store.Events.Piece(group, number, block.AsSpan(BlockFile.HeaderBytes + skip, count).ToArray());
    }

    private IEnumerable<DiskRequest?> CloseSteps(GroupId group, ulong number)
    {
        Reader reader = readers[number];
        readers.Remove(number);
        yield return calls.Close(reader.File);
        calls.Expect($"closing {reader.Manifest.File.Path}");
        if (store.ShelfOf(group).Release(reader.Manifest.File) is { } unused)
            store.Publisher.Remove(unused);
    }

    private IEnumerable<DiskRequest?> RestoreSteps(GroupId group, ISnapshotSink sink, IStorageStart start)
    {
        CheckpointShelf shelf = store.ShelfOf(group);
        BlockFile file = shelf.Hold().File;
        yield return calls.Open(file.Path);
        calls.Expect($"opening {file.Path}");
        DiskFile open = calls.File;
        for (long position = 0; position < file.LengthBytes; position += BlockFile.ContentBytes)
        {
            foreach (DiskRequest? request in ReadBlock(file, open, position))
                yield return request;
            Give(block.AsSpan(BlockFile.HeaderBytes, file.BlockLength(position) - BlockFile.HeaderBytes), sink, file);
        }

        yield return calls.Close(open);
        calls.Expect($"closing {file.Path}");
        if (shelf.Release(file) is { } unused)
            store.Publisher.Remove(unused);
        start.Restored(group);
    }

    private void Give(ReadOnlySpan<byte> bytes, ISnapshotSink sink, BlockFile file)
    {
        try
        {
            sink.Write(bytes);
        }
        catch (InvalidDataException e)
        {
            throw DiskFaultException.Refuse(
                StorageRefusal.Foreign, $"{store.DirectoryName}: checkpoint {file.Path} is whole and no state of this state machine: {e.Message}");
        }
    }

    private IEnumerable<DiskRequest?> ReadBlock(BlockFile file, DiskFile open, long position)
    {
        int length = file.BlockLength(position);
        long offset = BlockFile.BlockOffset(position);
        yield return calls.Read(open, offset, block.AsMemory(0, length));
        calls.Expect($"reading {file.Path}");
        if (calls.Transferred != length || !file.IsWhole(block.AsSpan(0, length), position / BlockFile.ContentBytes))
            throw new DiskFaultException(DiskError.None, $"checkpoint {file.Path} is damaged at offset {offset}; replace this member");
    }

    private sealed class Reader(Manifest manifest, DiskFile file)
    {
        public Manifest Manifest { get; } = manifest;

        public DiskFile File { get; } = file;

        public long Position { get; set; }
    }
}
