using Quorate.Consensus;
using Quorate.Platform;
using Quorate.Storage.Jobs;

namespace Quorate.Storage.Snapshots;

/// <summary>Writes a <see cref="BlockFile"/> block by block, syncing often enough that no sync has much to do.</summary>
internal sealed class BlockWriter(DiskCalls calls, BlockFile target)
{
    private const int BlocksSynced = 64; // 4 MiB
    private const int BlocksWritten = 4; // of a source, at a time

    private DiskFile file;
    private bool isOpen;
    private long blocks;
    private long blocksSynced;

    /// <summary>The file, with the bytes written so far.</summary>
    public BlockFile File { get; private set; } = target;

    /// <summary>Makes the file; what an earlier try left under its name goes.</summary>
    public IEnumerable<DiskRequest?> Create()
    {
        yield return calls.Delete(File.Path);
        calls.Expect($"removing {File.Path}");
        yield return calls.Create(File.Path);
        calls.Expect($"creating {File.Path}");
        file = calls.File;
        isOpen = true;
    }

    /// <summary>Writes one block; room for its header is at its front.</summary>
    public IEnumerable<DiskRequest?> Write(Memory<byte> block)
    {
        File.Seal(block.Span, blocks);
        yield return calls.Write(file, blocks * BlockFile.BlockBytes, block);
        calls.Expect($"writing {File.Path}");
        Grow(block.Length);
        if (SyncWhenDue() is not { } sync)
            yield break;
        yield return sync;
        calls.Expect($"syncing {File.Path}");
    }

    /// <summary>Writes all that a source has. The disk makes the blocks, so that the thread which owns it has only their completions to do with.</summary>
    public IEnumerable<DiskRequest?> WriteAll(ISnapshotSource source)
    {
        var content = new BlockContent(File, source);
        byte[] room = new byte[BlockFile.BlockBytes]; // all that a small state takes
        while (true)
        {
            yield return calls.Write(file, blocks * BlockFile.BlockBytes, room, content);
            calls.Expect($"writing {File.Path}");
            bool last = calls.Transferred < room.Length;
            Grow(calls.Transferred);
            if (last)
                yield break;
            if (blocks == 1)
                room = new byte[BlocksWritten * BlockFile.BlockBytes];
            if (SyncWhenDue() is not { } sync)
                continue;
            yield return sync;
            calls.Expect($"syncing {File.Path}");
        }
    }

    /// <summary>Makes the file and its name durable.</summary>
    public IEnumerable<DiskRequest?> Finish()
    {
        yield return calls.Sync(file);
        calls.Expect($"syncing {File.Path}");
        isOpen = false;
        yield return calls.Close(file);
        calls.Expect($"closing {File.Path}");
        yield return calls.SyncDirectory("snap");
        calls.Expect("syncing directory snap");
    }

    /// <summary>Removes the file.</summary>
    public IEnumerable<DiskRequest?> Abandon()
    {
        if (isOpen)
        {
            isOpen = false;
            yield return calls.Close(file);
            calls.Expect($"closing {File.Path}");
        }

        foreach (DiskRequest? request in FileRemoval.Steps(calls, File.Path, File.LengthBytes))
            yield return request;
    }

    private void Grow(long bytesOnDisk)
    {
        long count = (bytesOnDisk + BlockFile.BlockBytes - 1) / BlockFile.BlockBytes;
        blocks += count;
        File = File with { LengthBytes = File.LengthBytes + bytesOnDisk - (count * BlockFile.HeaderBytes) };
    }

    private DiskRequest? SyncWhenDue()
    {
        if (blocks - blocksSynced < BlocksSynced)
            return null;
        blocksSynced = blocks;
        return calls.Sync(file);
    }
}
