using System.Runtime.InteropServices;

namespace Quorate.Simulation.Exploration;

/// <summary>
/// A state of the whole. A message, once sent, is on its way until nobody would listen any more: so it may be lost, late, repeated and out of
/// order. Kept unpacked and reused; in the frontier it is bytes.
/// </summary>
internal sealed class SynodWorld(int members, int proposers)
{
    /// <summary>Bytes that packing needs at most.</summary>
    public const int PackedBytesMax = 4096;

    private readonly List<int> messages = [];

    /// <summary>The number of each acceptor's state, then of each proposer's that is none.</summary>
    public int[] Members { get; } = new int[members];

    /// <summary>Ballots that each proposer may still begin.</summary>
    public byte[] Left { get; } = new byte[proposers];

    /// <summary>The set of votes cast and told of, see <see cref="SynodVotes"/>.</summary>
    public int Votes { get; set; }

    /// <summary>Messages on their way, each once, in ascending order, see <see cref="Message"/>.</summary>
    public ReadOnlySpan<int> Messages => CollectionsMarshal.AsSpan(messages);

    /// <summary>A message as a number.</summary>
    public static int Message(int content, int from, int to) => (content << 6) | (from << 3) | to;

    /// <summary>Which message it is.</summary>
    public static int ContentOf(int message) => message >> 6;

    /// <summary>Its sender, as a place in <see cref="Members"/>.</summary>
    public static int FromOf(int message) => (message >> 3) & 7;

    /// <summary>Its receiver, as a place in <see cref="Members"/>.</summary>
    public static int ToOf(int message) => message & 7;

    /// <summary>Becomes a copy of another.</summary>
    public void CopyFrom(SynodWorld other)
    {
        other.Members.CopyTo(Members, 0);
        other.Left.CopyTo(Left, 0);
        Votes = other.Votes;
        messages.Clear();
        messages.AddRange(other.messages);
    }

    /// <summary>A message is sent.</summary>
    /// <returns>Whether none like it is on its way.</returns>
    public bool Send(int message)
    {
        int at = messages.BinarySearch(message);
        if (at >= 0)
            return false;
        messages.Insert(~at, message);
        return true;
    }

    /// <summary>Whether a message is on its way.</summary>
    public bool Has(int message) => messages.BinarySearch(message) >= 0;

    /// <summary>The message at that place is no more.</summary>
    public void RemoveAt(int at) => messages.RemoveAt(at);

    /// <summary>The acceptors are numbered otherwise: place i of the order holds which of them, from 0.</summary>
    public void Rename(int[] order)
    {
        Span<int> before = stackalloc int[order.Length];
        Members.AsSpan(0, order.Length).CopyTo(before);
        for (int i = 0; i < order.Length; i++)
            Members[i] = before[order[i]];
        for (int i = 0; i < messages.Count; i++)
            messages[i] = Message(ContentOf(messages[i]), Place(order, FromOf(messages[i])), Place(order, ToOf(messages[i])));
        messages.Sort();
    }

    /// <summary>Packs it.</summary>
    /// <returns>How many bytes.</returns>
    public int Pack(Span<byte> into)
    {
        int at = 0;
        foreach (int member in Members)
            PackedNumbers.Put(into, ref at, (ulong)member);
        foreach (byte left in Left)
            into[at++] = left;
        PackedNumbers.Put(into, ref at, (ulong)Votes);
        int before = 0;
        foreach (int message in messages)
        {
            PackedNumbers.Put(into, ref at, (ulong)(message - before));
            before = message;
        }

        return at;
    }

    /// <summary>Unpacks it.</summary>
    public void Unpack(ReadOnlySpan<byte> from)
    {
        int at = 0;
        for (int i = 0; i < Members.Length; i++)
            Members[i] = (int)PackedNumbers.Get(from, ref at);
        for (int i = 0; i < Left.Length; i++)
            Left[i] = from[at++];
        Votes = (int)PackedNumbers.Get(from, ref at);
        messages.Clear();
        int message = 0;
        while (at < from.Length)
            messages.Add(message += (int)PackedNumbers.Get(from, ref at));
    }

    private static int Place(int[] order, int member)
    {
        for (int i = 0; i < order.Length; i++)
        {
            if (order[i] == member)
                return i;
        }

        return member;
    }
}
