using Quorate.Checkers;
using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// The configurations in one member's log, by its writes: which must be in force, and when a leader may append another. Overlapping quorums
/// rest on both, and what comes of breaking them takes partitions that are seldom drawn.
/// </summary>
internal sealed class ConfigurationWatch(NodeId self)
{
    private readonly List<(ulong Index, Configuration Configuration)> held = [];

    /// <summary>The log goes on from a checkpoint.</summary>
    public void Begin(SnapshotInfo checkpoint)
    {
        held.Clear();
        held.Add((checkpoint.Index.Value, checkpoint.Configuration));
    }

    /// <summary>A start finds an entry.</summary>
    public void Found(in Entry entry)
    {
        if (entry.Index.Value <= held[0].Index)
            return;
        TruncatedAfter(entry.Index.Value - 1);
        if (entry.Kind == EntryKind.Configuration)
            held.Add((entry.Index.Value, Configuration.Read(entry.Payload.Span)));
    }

    /// <summary>A configuration is appended.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="status">The core's; a follower takes what its leader sends.</param>
    /// <param name="log">The log with it.</param>
    public void Appended(in Entry entry, in CoreStatus status, LogChain log)
    {
        ulong commit = status.Commit.Value;
        if (status.Role == CoreRole.Leader)
        {
            CheckFailedException.Unless(
                held[^1].Index <= commit,
                Promise.ElectionSafety,
                $"member {self} appends configuration {entry.Index} while that of entry {held[^1].Index} is not committed (thesis §4.1)");
            CheckFailedException.Unless(
                commit <= log.Base || log.EpochAt(commit) == status.Epoch.Value,
                Promise.ElectionSafety,
                $"member {self} appends configuration {entry.Index} before an entry of its term {status.Epoch} is committed (raft-dev, July 2015)");
        }

        held.Add((entry.Index.Value, Configuration.Read(entry.Payload.Span)));
    }

    /// <summary>Entries after <paramref name="index"/> are void.</summary>
    public void TruncatedAfter(ulong index)
    {
        while (held.Count > 1 && held[^1].Index > index)
            held.RemoveAt(held.Count - 1);
    }

    /// <summary>A snapshot takes the log's place up to its index; <paramref name="last"/> is the log's last entry then.</summary>
    public void Installed(SnapshotInfo snapshot, ulong last)
    {
        held.RemoveAll(h => h.Index <= snapshot.Index.Value || h.Index > last);
        held.Insert(0, (snapshot.Index.Value, snapshot.Configuration));
    }

    /// <summary>The one in force is the log's last.</summary>
    public void CheckInForce(Configuration inForce) => CheckFailedException.Unless(
        ReferenceEquals(inForce, held[^1].Configuration) || inForce.ToBytes().AsSpan().SequenceEqual(held[^1].Configuration.ToBytes()),
        Promise.ElectionSafety,
        $"at member {self} configuration {inForce} is in force, but the log's last is {held[^1].Configuration} of entry {held[^1].Index}");
}
