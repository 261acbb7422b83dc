using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>
/// Puts a snapshot that the core has taken into the state machine's place: waits until its install is durable, reads the checkpoint back
/// piece by piece, and only then lets apply go on. Owner: the loop.
/// </summary>
internal sealed class SnapshotInstaller(LoopContext context, LogWriter log, ApplyQueue apply, RequestIds ids)
{
    private const int PiecesMax = 4;
    private const ulong ReaderMark = 1UL << 63; // apart from the transfers' readers

    private SnapshotInfo? wanted;
    private WriteNumber wantedAfter;
    private SnapshotInfo? restoring;
    private ulong reader;
    private int taking;
    private bool reading;
    private bool allRead;

    /// <summary>The core has taken a snapshot with write <paramref name="number"/>.</summary>
    public void Install(SnapshotInfo info, WriteNumber number)
    {
        wanted = info;
        wantedAfter = number;
        apply.SnapshotInstalled(info);
    }

    /// <summary>Begins the restore once the install is durable.</summary>
    /// <returns>The snapshot, when it just took the checkpoint's place; else null.</returns>
    public SnapshotInfo? Begin()
    {
        if (wanted is null || log.Durable < wantedAfter || restoring is not null)
            return null;
        restoring = wanted;
        wanted = null;
        reader = ReaderMark | ids.Next();
        (taking, reading, allRead) = (0, false, false);
        context.Applier.RestoreBegin();
        context.Checkpoints.Open(context.Group, reader);
        return restoring;
    }

    /// <summary>The installed checkpoint is open. False when the reader is none of ours.</summary>
    public bool Opened(ulong opened, SnapshotInfo info)
    {
        if (opened != reader)
            return false;
        Invariant.Check(restoring is not null && info.Index >= restoring.Index);
        restoring = info;
        Go();
        return true;
    }

    /// <summary>A piece was read; an empty one is the end. False when the reader is none of ours.</summary>
    public bool Piece(ulong of, byte[] bytes)
    {
        if (of != reader)
            return false;
        reading = false;
        if (bytes.Length == 0)
        {
            allRead = true;
            context.Checkpoints.Close(context.Group, reader);
            reader = 0;
            context.Applier.RestoreEnd(restoring!.Index);
            return true;
        }

        taking++;
        context.Applier.RestorePiece(bytes);
        Go();
        return true;
    }

    /// <summary>The state machine has taken a piece.</summary>
    public void Taken()
    {
        taking--;
        Go();
    }

    /// <summary>The state machine is restored.</summary>
    /// <returns>What it holds now.</returns>
    public SnapshotInfo Restored()
    {
        Invariant.Check(restoring is not null);
        SnapshotInfo restored = restoring;
        restoring = null;
        if (wanted is null)
            apply.Restored(restored.Index);
        context.Notice(NoticeKind.SnapshotInstalled, index: restored.Index);
        return restored;
    }

    private void Go()
    {
        if (reading || allRead || taking >= PiecesMax)
            return;
        reading = true;
        context.Checkpoints.Read(context.Group, reader, context.Options.SnapshotPieceBytes);
    }
}
