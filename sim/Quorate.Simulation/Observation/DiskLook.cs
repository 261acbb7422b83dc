using Quorate.Checkers;
using Quorate.Consensus;
using Quorate.Storage;

namespace Quorate.Simulation;

/// <summary>
/// Reads what a power cut would leave of a member's disk just now, by a storage of its own on a copy and in a time of its own: whether all that is
/// claimed durable is. The member itself notices nothing. Owner: its world.
/// </summary>
internal sealed class DiskLook : IStorageStart, ISnapshotSink, ILogEvents, ICheckpointEvents
{
    private readonly Machine member;
    private readonly ClusterWatch watch;
    private readonly FoundDisk found;
    private readonly VirtualTime time = new();
    private IStorage? storage;
    private SnapshotHash checkpointHash;
    private bool ended;

    private DiskLook(Machine member)
    {
        this.member = member;
        watch = member.World.Watch;
        found = watch.FoundDiskOf(member.Id);
    }

    /// <summary>Looks at a disk that was never damaged.</summary>
    /// <returns>What is found there.</returns>
    /// <exception cref="CheckFailedException">Something claimed durable is not there.</exception>
    public static FoundDisk At(Machine member, ulong seed)
    {
        var look = new DiskLook(member);
        var disk = new SimulatedDisk(look.time, member.Image.CopyDurable(seed), seed);
        StorageStack.Open(disk, member.World.Options.StorageOf(member.Id, seed), new SeededBits(new Prng(seed)), look, look, look);
        while (!look.ended && look.time.Step())
        {
        }

        CheckFailedException.Unless(look.ended, Promise.QuorumDurability, $"the disk of member {member.Id} cannot be read to its end");
        return look.found;
    }

    void IStorageStart.Opened(IStorage opened)
    {
        storage = opened;
        CheckFailedException.Unless(
            opened.Instance == member.LastInstance,
            Promise.QuorumDurability,
            $"the disk of member {member.Id} is instance {opened.Instance}, but its process is {member.LastInstance}");
        SnapshotInfo checkpoint = opened.Checkpoints.Latest;
        CheckFailedException.Unless(
            checkpoint.Index.Value <= watch.Decided.Last,
            Promise.QuorumDurability,
            $"the disk of member {member.Id} holds a checkpoint of {checkpoint.Index}, which is not decided");
        found.Begin(checkpoint.Index.Value, opened.Instance);
        if (checkpoint.Index == LogIndex.Zero)
            opened.Recover(World.Group);
        else
            opened.Restore(World.Group, this);
    }

    void ISnapshotSink.Write(ReadOnlySpan<byte> bytes) => checkpointHash.Add(bytes);

    void ISnapshotSink.Complete()
    {
    }

    void IDisposable.Dispose()
    {
    }

    void IStorageStart.Restored(GroupId group)
    {
        // Equal states give equal snapshots, also those that lie on a disk.
        watch.Snapshots.Add(storage!.Checkpoints.Latest.Index.Value, checkpointHash.Value, member.Id.Value);
        storage.Recover(World.Group);
    }

    void IStorageStart.Record(GroupId group, in RecoveredRecord record, ReadOnlySpan<byte> payload) =>
        found.Add(CheckerWords.Of(record.Index, record.Epoch, record.Kind, record.Checksum, payload.Length));

    void IStorageStart.Recovered(GroupId group)
    {
        found.End(storage!.HardStateOf(World.Group));
        ended = true;
    }

    void IStorageStart.Refused(StorageRefusedException why) => throw new CheckFailedException(
        Promise.QuorumDurability, $"the disk of member {member.Id}, to which nothing was done, is refused: {why.Message}");

    void ILogEvents.Failed(string cause) => throw new CheckFailedException(
        Promise.QuorumDurability, $"the disk of member {member.Id}, to which nothing was done, cannot be read: {cause}");

    void ILogEvents.Written(LogBatch batch)
    {
    }

    void ILogEvents.Durable(GroupId group, WriteNumber upTo)
    {
    }

    void ILogEvents.Loaded(GroupId group, ulong ticket, List<LoadedEntry> entries, byte[] bytes)
    {
    }

    void ILogEvents.Missing(GroupId group, ulong ticket)
    {
    }

    void ILogEvents.Room(bool room)
    {
    }

    void ICheckpointEvents.Published(GroupId group, SnapshotInfo info, long lengthBytes)
    {
    }

    void ICheckpointEvents.GivenUp(GroupId group, SnapshotInfo info, string cause)
    {
    }

    void ICheckpointEvents.Taken(GroupId group, long totalBytes)
    {
    }

    void ICheckpointEvents.Received(GroupId group, SnapshotInfo info)
    {
    }

    void ICheckpointEvents.ReceiveFailed(GroupId group, SnapshotInfo info, string cause)
    {
    }

    void ICheckpointEvents.Opened(GroupId group, ulong reader, SnapshotInfo info, long lengthBytes)
    {
    }

    void ICheckpointEvents.Piece(GroupId group, ulong reader, byte[] bytes)
    {
    }
}
