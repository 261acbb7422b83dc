using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>
/// Own checkpoints: begins one when the log since the last outgrows it, writes it once the log is durable through its index, and lets old
/// entries go. Owner: the loop.
/// </summary>
internal sealed class CheckpointKeeper(LoopContext context, LogWriter log, LogVolume volume, ApplyQueue apply)
{
    private SnapshotInfo? capturing;
    private ISnapshotSource? source;
    private WriteNumber durableFirst;
    private bool writing;
    private long notBeforeBytes;

    /// <summary>The published checkpoint's last entry.</summary>
    public LogIndex Latest { get; private set; } = context.Start.Checkpoint.Index;

    /// <summary>The published checkpoint's size.</summary>
    public long LatestBytes { get; private set; } = context.Start.CheckpointBytes;

    /// <summary>Begins a checkpoint when it is time.</summary>
    public void Begin()
    {
        if (capturing is not null || !apply.IsCapturable
            || apply.SubmittedIndex - Latest < Math.Max(context.Options.CheckpointEntriesMin, 1))
            return;
        long since = volume.BytesAfter(Latest);
        if (since < Math.Max(context.Options.CheckpointBytesMin, LatestBytes) || since < notBeforeBytes)
            return;

        capturing = apply.Submitted;
        // An entry may be applied before it is durable here; a checkpoint of it may not stand before its log (Checkpoints, in the design).
        durableFirst = log.Last;
        context.Notice(NoticeKind.CheckpointBegun, index: capturing.Index);
        context.Applier.Capture();
    }

    /// <summary>The state is captured.</summary>
    public void Captured(ISnapshotSource captured)
    {
        Invariant.Check(capturing is not null && source is null);
        source = captured;
        Write();
    }

    /// <summary>Writes what is captured, once it may.</summary>
    public void Write()
    {
        if (source is null || writing || log.Durable < durableFirst)
            return;
        writing = true;
        context.Checkpoints.Write(context.Group, capturing!, source);
    }

    /// <summary>A checkpoint is published: the one being written, or a snapshot that was installed.</summary>
    public void Published(SnapshotInfo info, long lengthBytes)
    {
        if (writing && info.Index == capturing!.Index)
            Done();
        if (info.Index <= Latest)
            return; // an installed snapshot has overtaken it
        Latest = info.Index;
        LatestBytes = lengthBytes;
        notBeforeBytes = 0;
        context.Notice(NoticeKind.CheckpointPublished, index: info.Index, bytes: lengthBytes);
        long heldBackMax = Math.Max(context.Options.HoldBackBytesMax, lengthBytes);
        context.Core.CheckpointPublished(info, LogIndex.Min(volume.IndexLeaving(heldBackMax), info.Index));
    }

    /// <summary>The checkpoint being written was given up: the disk is full. Tried again when the log has grown by as much as begins one.</summary>
    public void GivenUp(string cause)
    {
        if (!writing)
            return;
        notBeforeBytes = volume.BytesAfter(Latest) + context.Options.CheckpointBytesMin;
        context.Notice(NoticeKind.CheckpointGivenUp, index: capturing!.Index, cause: cause);
        Done();
    }

    /// <summary>The core needs no entry up to here any more.</summary>
    public void Drop(LogIndex upTo)
    {
        Invariant.Check(upTo <= Latest); // never past the checkpoint: a restart needs what follows it
        context.Log.Drop(context.Group, upTo);
        volume.Drop(upTo);
        context.Notice(NoticeKind.LogDropped, index: upTo);
    }

    private void Done()
    {
        source!.Dispose();
        source = null;
        capturing = null;
        writing = false;
    }
}
