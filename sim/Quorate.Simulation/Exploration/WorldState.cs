using Quorate.Consensus;

namespace Quorate.Simulation.Exploration;

/// <summary>What may still happen.</summary>
internal readonly record struct Budget(byte Campaigns, byte Proposals, byte Crashes, byte Drops, byte Duplicates);

/// <summary>
/// A state of the whole: each member's, the messages in flight, what is left of the bounds, and of history what the rules need. Kept
/// unpacked and reused; in the frontier it is bytes.
/// </summary>
internal sealed class WorldState(int size)
{
    /// <summary>Bytes that packing needs for a state with so many messages.</summary>
    public const int PackedBytesMax = 4096;

    private int[] messages = new int[64];

    /// <summary>The number of each member's state.</summary>
    public int[] Members { get; } = new int[size];

    /// <summary>The number of the committed log, see <see cref="CommittedLogs"/>.</summary>
    public int Committed { get; set; }

    /// <summary>Who has led each term or round: four bits for each, 0 for nobody; the engine's rules say how they name him.</summary>
    public ulong Leaders { get; set; }

    /// <summary>What may still happen.</summary>
    public Budget Left { get; set; }

    /// <summary>A bit for each member that something was done to; those without it differ in nothing but their numbers.</summary>
    public byte Touched { get; set; }

    /// <summary>Numbers of the messages in flight, in ascending order, as often as they are there.</summary>
    public ReadOnlySpan<int> Messages => messages.AsSpan(0, MessageCount);

    /// <summary>How many are in flight.</summary>
    public int MessageCount { get; private set; }

    /// <summary>Terms or rounds that have had a leader.</summary>
    public int Elections
    {
        get
        {
            int elections = 0;
            for (ulong left = Leaders; left != 0; left >>= 4)
                elections += (left & 15) != 0 ? 1 : 0;
            return elections;
        }
    }

    /// <summary>Becomes a copy of another.</summary>
    public void CopyFrom(WorldState other)
    {
        other.Members.CopyTo(Members, 0);
        (Committed, Leaders, Left, Touched) = (other.Committed, other.Leaders, other.Left, other.Touched);
        MessageCount = other.MessageCount;
        if (messages.Length < MessageCount)
            messages = new int[other.messages.Length];
        other.Messages.CopyTo(messages);
    }

    /// <summary>A message leaves.</summary>
    public void Send(int message)
    {
        if (MessageCount == messages.Length)
            Array.Resize(ref messages, messages.Length * 2);
        int at = MessageCount++;
        for (; at > 0 && messages[at - 1] > message; at--)
            messages[at] = messages[at - 1];
        messages[at] = message;
    }

    /// <summary>A message is out of the network.</summary>
    public void Remove(int message)
    {
        int at = Messages.BinarySearch(message);
        Invariant.Check(at >= 0);
        RemoveAt(at);
    }

    /// <summary>The message at that place is out of the network.</summary>
    public void RemoveAt(int at)
    {
        messages.AsSpan((at + 1)..MessageCount).CopyTo(messages.AsSpan(at));
        MessageCount--;
    }

    /// <summary>Packs it.</summary>
    /// <returns>How many bytes.</returns>
    public int Pack(Span<byte> into)
    {
        int at = 0;
        foreach (int member in Members)
            PackedNumbers.Put(into, ref at, (ulong)member);
        PackedNumbers.Put(into, ref at, (ulong)Committed);
        PackedNumbers.Put(into, ref at, Leaders);
        into[at++] = Left.Campaigns;
        into[at++] = Left.Proposals;
        into[at++] = Left.Crashes;
        into[at++] = Left.Drops;
        into[at++] = Left.Duplicates;
        into[at++] = Touched;
        foreach (int message in Messages)
            PackedNumbers.Put(into, ref at, (ulong)message);
        return at;
    }

    /// <summary>Unpacks it.</summary>
    public void Unpack(ReadOnlySpan<byte> from)
    {
        int at = 0;
        for (int i = 0; i < Members.Length; i++)
            Members[i] = (int)PackedNumbers.Get(from, ref at);
        Committed = (int)PackedNumbers.Get(from, ref at);
        Leaders = PackedNumbers.Get(from, ref at);
        Left = new Budget(from[at], from[at + 1], from[at + 2], from[at + 3], from[at + 4]);
        Touched = from[at + 5];
        at += 6;
        MessageCount = 0;
        while (at < from.Length)
            Send((int)PackedNumbers.Get(from, ref at));
    }
}
