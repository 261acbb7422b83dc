using Quorate.Consensus;

namespace Quorate.Storage;

/// <summary>The writes of one turn of the replica loop. Reused; whoever holds it owns it and a reference to each payload in it.</summary>
public sealed class LogBatch
{
    /// <summary>Whose writes.</summary>
    public GroupId Group { get; set; }

    /// <summary>Numbered writes, in order.</summary>
    public List<LogWrite> Writes { get; } = [];

    /// <summary>The entries of the appends; <see cref="LogWrite.EntryStart"/> counts in here.</summary>
    public List<Entry> Entries { get; } = [];

    /// <summary>Forgets the writes; references must have been given back.</summary>
    public void Clear()
    {
        Writes.Clear();
        Entries.Clear();
    }
}

/// <summary>An entry read back from the log: its bytes lie in the array of the load that brought it.</summary>
/// <param name="Index">Its place.</param>
/// <param name="Epoch">Its epoch.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Offset">Where its payload begins.</param>
/// <param name="Length">Bytes of its payload.</param>
/// <param name="Checksum">CRC32C of its payload, checked when it was read.</param>
public readonly record struct LoadedEntry(LogIndex Index, Epoch Epoch, EntryKind Kind, int Offset, int Length, uint Checksum);

/// <summary>
/// The log as the replica loop sees it: requests go in by a call, answers come back by <see cref="ILogEvents"/>, never from within
/// the call. Behind it lies the log itself, on the storage thread or on the simulator's.
/// </summary>
public interface ILog
{
    /// <summary>Writes a batch. The batch and its references come back by <see cref="ILogEvents.Written"/>.</summary>
    void Write(LogBatch batch);

    /// <summary>Reads entries back.</summary>
    void Load(GroupId group, LoadRequest request);

    /// <summary>Entries up to <paramref name="upTo"/> are of no more use: whole segments of them may go.</summary>
    void Drop(GroupId group, LogIndex upTo);
}

/// <summary>What the log has to say. Called on the storage thread; a host carries it to the loop as events, in order.</summary>
public interface ILogEvents
{
    /// <summary>The batch's bytes are taken: its references can be given back.</summary>
    void Written(LogBatch batch);

    /// <summary>All writes of the group up to this number are durable.</summary>
    void Durable(GroupId group, WriteNumber upTo);

    /// <summary>Entries asked for, from the first on; payloads lie in <paramref name="bytes"/>.</summary>
    void Loaded(GroupId group, ulong ticket, List<LoadedEntry> entries, byte[] bytes);

    /// <summary>The first of the entries asked for is no longer in the log.</summary>
    void Missing(GroupId group, ulong ticket);

    /// <summary>Whether a segment is to spare.</summary>
    void Room(bool room);

    /// <summary>The log cannot go on: a write or sync failed, or rot was found. The process must stop and say why.</summary>
    void Failed(string cause);
}
