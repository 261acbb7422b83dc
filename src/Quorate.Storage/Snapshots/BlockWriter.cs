using Quorate.Platform;
using Quorate.Storage.Jobs;

namespace Quorate.Storage.Snapshots;

/// <summary>Writes a <see cref="BlockFile"/> block by block, syncing often enough that no sync has much to do.</summary>
internal sealed class BlockWriter(DiskCalls calls, BlockFile target)
{
    private const int BlocksSynced = 64; // 4 MiB

    private DiskFile file;
    private bool isOpen;
    private long blocks;

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
        File = File with { LengthBytes = File.LengthBytes + block.Length - BlockFile.HeaderBytes };
        if (++blocks % BlocksSynced != 0)
            yield break;
        yield return calls.Sync(file);
        calls.Expect($"syncing {File.Path}");
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

        yield return calls.Delete(File.Path);
        calls.Expect($"removing {File.Path}");
    }
}
