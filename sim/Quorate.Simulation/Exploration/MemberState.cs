using System.Buffers.Binary;
using Quorate.Consensus;

namespace Quorate.Simulation.Exploration;

/// <summary>A write that is not durable.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Entries">Append: the entries' indexes and numbers.</param>
/// <param name="Keep">TruncateAfter: how many entries stay.</param>
/// <param name="HardState">HardState: the new one.</param>
internal readonly record struct PendingWrite(LogWriteKind Kind, (int Index, int Entry)[] Entries, int Keep, HardState HardState)
{
    /// <summary>Makes it durable.</summary>
    public void Apply(List<int> log, ref HardState hard)
    {
        switch (Kind)
        {
            case LogWriteKind.Append:
                foreach ((int index, int entry) in Entries)
                    Put(log, index, entry);
                break;
            case LogWriteKind.TruncateAfter:
                log.RemoveRange(Keep, log.Count - Keep);
                break;
            case LogWriteKind.HardState:
                hard = HardState;
                break;
            case LogWriteKind.Install:
                throw new InvariantBrokenException("a snapshot, though nothing is ever compacted");
        }
    }

    private static void Put(List<int> log, int index, int entry)
    {
        while (log.Count < index)
            log.Add(WorldEntries.None);
        log[index - 1] = entry;
    }
}

/// <summary>One member: its core, its disk, and the messages that wait for the disk. Immutable.</summary>
internal sealed class MemberState
{
    /// <summary>Who.</summary>
    public required NodeId Id { get; init; }

    /// <summary>Its core, as that wrote it.</summary>
    public required byte[] Core { get; init; }

    /// <summary>The durable hard state.</summary>
    public required HardState Hard { get; init; }

    /// <summary>The durable log: the numbers of its entries, from index 1 on; Multi-Paxos's may have gaps.</summary>
    public required int[] DurableLog { get; init; }

    /// <summary>Writes that are not durable, oldest first.</summary>
    public required PendingWrite[] Pending { get; init; }

    /// <summary>Messages, and how many of <see cref="Pending"/> must be durable before each leaves.</summary>
    public required (int Message, int After)[] Waiting { get; init; }

    /// <summary>The log with all writes, durable or not: the core's.</summary>
    public required int[] Log { get; init; }

    /// <summary>What the core does.</summary>
    public required CoreRole Role { get; init; }

    /// <summary>The term it is in, or the ballot that it has promised.</summary>
    public required Epoch Epoch { get; init; }

    /// <summary>That term, or that ballot's round.</summary>
    public ulong Round => RoundOf(Epoch);

    /// <summary>How many entries it knows to be committed.</summary>
    public required int Commit { get; init; }

    /// <summary>A term, or the round of a ballot.</summary>
    public static ulong RoundOf(Epoch epoch) => epoch.Value <= ulong.MaxValue ? epoch.Term.Value : Ballot.Of(epoch).Round;

    /// <summary>
    /// Everything that what follows depends on, in bytes. Of the core without what hangs on time and chance, which stands at the end of its
    /// state, the length in its last four bytes: no time passes here.
    /// </summary>
    public byte[] Key()
    {
        int timing = BinaryPrimitives.ReadInt32LittleEndian(Core.AsSpan(^4..));
        var key = new List<byte>(Core.Length * 2);
        key.AddRange(Core.AsSpan(..^(timing + 4)));
        Put(key, Hard);
        Put(key, DurableLog);
        Put(key, (ulong)Pending.Length);
        foreach (PendingWrite write in Pending)
        {
            Put(key, (ulong)write.Kind);
            Put(key, (ulong)write.Entries.Length);
            foreach ((int index, int entry) in write.Entries)
            {
                Put(key, (ulong)index);
                Put(key, (ulong)entry);
            }

            Put(key, (ulong)write.Keep);
            Put(key, write.HardState);
        }

        foreach ((int message, int after) in Waiting)
        {
            Put(key, (ulong)message);
            Put(key, (ulong)after);
        }

        return [.. key];
    }

    private static void Put(List<byte> key, HardState hard)
    {
        Put(key, (ulong)(hard.Epoch.Value >> 64));
        Put(key, (ulong)hard.Epoch.Value);
        Put(key, hard.VotedFor.Value);
        Put(key, hard.Decided.Value);
    }

    private static void Put(List<byte> key, int[] numbers)
    {
        Put(key, (ulong)numbers.Length);
        foreach (int number in numbers)
            Put(key, (ulong)number);
    }

    private static void Put(List<byte> key, ulong value)
    {
        for (int i = 0; i < 8; i++)
            key.Add((byte)(value >> (8 * i)));
    }
}
