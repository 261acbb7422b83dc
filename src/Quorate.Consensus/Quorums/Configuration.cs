using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Quorate.Consensus;

/// <summary>
/// Who belongs to the group and who of them counts. Joint (Raft §6) while <see cref="Outgoing"/> is not empty: then a decision
/// needs a majority of the voters among <see cref="Members"/> and a majority of <see cref="Outgoing"/>. Paxos divides the log between the
/// two instead: entries before <see cref="From"/> are decided by <see cref="Outgoing"/>, the others by <see cref="Members"/>. Immutable.
/// </summary>
public sealed class Configuration : IEquatable<Configuration>
{
    /// <summary>Members that its bytes can count.</summary>
    public const int MembersMax = ushort.MaxValue;

    private const int PaxosBytes = 16; // first entry, number

    /// <summary>Nobody: a member that waits to be added knows this one.</summary>
    public static readonly Configuration Empty = new([], []);

    /// <summary>A configuration, its members put in the order of their ids; an id stands once in each list.</summary>
    /// <param name="members">The configuration that comes, or is.</param>
    /// <param name="outgoing">The voters of the one that goes; empty when not joint.</param>
    /// <param name="from">Paxos: the first entry that the one that comes decides.</param>
    /// <param name="number">Paxos: how many changes have led to it.</param>
    public Configuration(IEnumerable<Member> members, IEnumerable<Member> outgoing, LogIndex from = default, ulong number = 0)
    {
        From = from;
        Number = number;
        Members = [.. members.OrderBy(m => m.Id)];
        Outgoing = [.. outgoing.OrderBy(m => m.Id)];
        Voters = [.. Members.Where(m => m.Role == MemberRole.Voter)];
        Invariant.Check(Ascend(Members) && Ascend(Outgoing));
        Invariant.Check(Number > 0 || From == LogIndex.Zero);
    }

    /// <summary>Voters and learners, by id.</summary>
    public ImmutableArray<Member> Members { get; }

    /// <summary>The voters among <see cref="Members"/>, by id.</summary>
    public ImmutableArray<Member> Voters { get; }

    /// <summary>The voters of the configuration being left, by id, each with the instance that counts in that half.</summary>
    public ImmutableArray<Member> Outgoing { get; }

    /// <summary>
    /// Paxos: the first entry that <see cref="Members"/> decide; while joint, those before it are <see cref="Outgoing"/>'s. Zero in a first configuration, and in
    /// Raft.
    /// </summary>
    public LogIndex From { get; }

    /// <summary>Paxos: how many changes have led to it from the first one, which has 0. Raft: 0, its log alone says what follows what.</summary>
    public ulong Number { get; }

    /// <summary>Whether two majorities are needed.</summary>
    public bool IsJoint => !Outgoing.IsEmpty;

    /// <summary>Whether a voter's instance is open: nobody knows yet which life of its disk counts.</summary>
    public bool HasOpenVoters => Voters.Any(static voter => voter.Instance.IsOpen);

    /// <summary>The member of that id, from either half; null when there is none.</summary>
    public Member? Find(NodeId id) => FindIn(Members, id) ?? FindIn(Outgoing, id);

    /// <summary>Whether <paramref name="id"/> in <paramref name="instance"/> is somebody here.</summary>
    public bool Contains(NodeId id, InstanceId instance) => Names(Members, id, instance) || Names(Outgoing, id, instance);

    /// <summary>Whether <paramref name="id"/> in <paramref name="instance"/> counts in a half.</summary>
    public bool IsVoter(NodeId id, InstanceId instance) => Names(Voters, id, instance) || Names(Outgoing, id, instance);

    /// <summary>Whether <paramref name="id"/> in <paramref name="instance"/> counts once the outgoing half does not any more.</summary>
    public bool StaysVoter(NodeId id, InstanceId instance) => Names(Voters, id, instance);

    /// <summary>
    /// Whether this one changes <paramref name="before"/>. In Paxos an entry may be decided after another that was made of the same configuration, by a
    /// leader that did not know it: it has no effect then. Raft's, of number 0, always do.
    /// </summary>
    public bool Follows(Configuration before) => Number == 0 || Number == before.Number + 1;

    /// <summary>Writes the configuration in its one canonical form.</summary>
    public void Write(IBufferWriter<byte> into)
    {
        WriteMembers(Members, into);
        WriteMembers(Outgoing, into);
        if (Number == 0)
            return;
        Span<byte> paxos = into.GetSpan(PaxosBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(paxos, From.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(paxos[8..], Number);
        into.Advance(PaxosBytes);
    }

    /// <summary>Its canonical bytes.</summary>
    public byte[] ToBytes()
    {
        var buffer = new ArrayBufferWriter<byte>();
        Write(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The bytes are no configuration.</exception>
    public static Configuration Read(ReadOnlySpan<byte> from)
    {
        List<Member> members = ReadMembers(ref from);
        List<Member> outgoing = ReadMembers(ref from);
        if (from.IsEmpty)
            return new Configuration(members, outgoing);
        if (from.Length != PaxosBytes)
            throw new InvalidDataException($"configuration with {from.Length} bytes too many");
        var first = new LogIndex(BinaryPrimitives.ReadUInt64LittleEndian(from));
        ulong number = BinaryPrimitives.ReadUInt64LittleEndian(from[8..]);
        if (number == 0)
            throw new InvalidDataException("configuration without its number");
        return new Configuration(members, outgoing, first, number);
    }

    /// <inheritdoc/>
    public bool Equals(Configuration? other) =>
        other is not null && (From, Number) == (other.From, other.Number) && Members.SequenceEqual(other.Members) && Outgoing.SequenceEqual(other.Outgoing);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Configuration);

    /// <inheritdoc/>
    public override int GetHashCode() => Members.Length + (Outgoing.Length << 8);

    /// <summary><c>{1 2 3 +4}</c>, a plus before a learner; joint: <c>{1 2 4}&amp;{1 2 3}</c>.</summary>
    public override string ToString() => IsJoint ? $"{Spell(Members)}&{Spell(Outgoing)}" : Spell(Members);

    private static string Spell(ImmutableArray<Member> members) =>
        $"{{{string.Join(' ', members.Select(m => m.Role == MemberRole.Learner ? $"+{m.Id}" : $"{m.Id}"))}}}";

    private static bool Ascend(ImmutableArray<Member> members)
    {
        for (int i = 1; i < members.Length; i++)
        {
            if (members[i - 1].Id.CompareTo(members[i].Id) >= 0)
                return false;
        }

        return true;
    }

    private static Member? FindIn(ImmutableArray<Member> members, NodeId id)
    {
        foreach (Member member in members)
        {
            if (member.Id == id)
                return member;
        }

        return null;
    }

    private static bool Names(ImmutableArray<Member> members, NodeId id, InstanceId instance)
    {
        foreach (Member member in members)
        {
            if (member.Is(id, instance))
                return true;
        }

        return false;
    }

    private static void WriteMembers(ImmutableArray<Member> members, IBufferWriter<byte> into)
    {
        Span<byte> count = into.GetSpan(2);
        BinaryPrimitives.WriteUInt16LittleEndian(count, checked((ushort)members.Length));
        into.Advance(2);
        foreach (Member member in members)
        {
            Span<byte> head = into.GetSpan(21);
            BinaryPrimitives.WriteUInt64LittleEndian(head, member.Id.Value);
            BinaryPrimitives.WriteUInt64LittleEndian(head[8..], member.Instance.Value);
            head[16] = (byte)member.Role;
            BinaryPrimitives.WriteInt32LittleEndian(head[17..], member.Context.Length);
            into.Advance(21);
            into.Write(member.Context.Span);
        }
    }

    private static List<Member> ReadMembers(ref ReadOnlySpan<byte> from)
    {
        int count = BinaryPrimitives.ReadUInt16LittleEndian(Take(ref from, 2));
        var members = new List<Member>(count);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> head = Take(ref from, 21);
            if (head[16] > (byte)MemberRole.Learner)
                throw new InvalidDataException($"configuration with unknown role {head[16]}");
            var id = new NodeId(BinaryPrimitives.ReadUInt64LittleEndian(head));
            if (members.Count > 0 && members[^1].Id.CompareTo(id) >= 0)
                throw new InvalidDataException("configuration with members out of order");
            members.Add(new Member(
                id,
                new InstanceId(BinaryPrimitives.ReadUInt64LittleEndian(head[8..])),
                (MemberRole)head[16],
                Take(ref from, BinaryPrimitives.ReadInt32LittleEndian(head[17..])).ToArray()));
        }

        return members;
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> from, int count)
    {
        if (count < 0 || count > from.Length)
            throw new InvalidDataException("configuration cut short");
        ReadOnlySpan<byte> taken = from[..count];
        from = from[count..];
        return taken;
    }
}
