using System.Buffers.Binary;
using Quorate.Consensus;

namespace Quorate.Storage.Directories;

/// <summary>
/// The hard state of every group, the start count and a mark of how far the log was durable, as the <c>state</c> file holds them twice.
/// </summary>
/// <remarks>
/// Copy 0 is always written and synced first, copy 1 only then. So of what a start finds: equal numbers mean that copy 0 is durable
/// and copy 1 may not be; a higher number in copy 0 means that copy 1 is durable and copy 0 may not be. The one that may not be is
/// always written first, else one cut could tear both.
/// </remarks>
internal sealed class HardStateBook
{
    /// <summary>The file.</summary>
    public const string Path = "state";

    /// <summary>Bytes of a copy; one page of a disk.</summary>
    public const int CopyBytes = 4096;

    /// <summary>Groups that fit.</summary>
    public const int GroupsMax = (ChecksumAt - SlotsAt) / SlotBytes;

    private const ulong Magic = 0x3145544154535451; // "QTSTATE1"
    private const int SlotsAt = 56;
    private const int SlotBytes = 44;
    private const int ChecksumAt = CopyBytes - 4;

    private readonly SortedList<uint, Slot> slots = [];

    /// <summary>Grows by one with each write.</summary>
    public ulong Number { get; set; }

    /// <summary>How often the directory has been started.</summary>
    public uint StartCount { get; set; }

    /// <summary>The log is known durable up to this offset.</summary>
    public long DurableOffset { get; set; }

    /// <summary>Log segments from this one on must be there: a lost name must not pass for a dropped segment.</summary>
    public ulong FirstSegment { get; set; } = 1;

    /// <summary>Which life of the directory.</summary>
    public InstanceId Instance { get; init; }

    /// <summary>Where a copy lies in the file: far apart, so that one misdirected write does not hit both.</summary>
    public static long OffsetOf(int copy) => copy * 65536L;

    /// <summary>Where the copies lie in the file, and in its bytes.</summary>
    public static (long Offset, Memory<byte> Bytes)[] CopiesOf(Memory<byte> file) =>
        [(OffsetOf(0), file[..CopyBytes]), (OffsetOf(1), file.Slice((int)OffsetOf(1), CopyBytes))];

    /// <summary>The group's hard state as last set.</summary>
    public HardState Of(GroupId group) => slots.GetValueOrDefault(group.Value).State;

    /// <summary>A checkpoint of at least this index must be there: the log does not lead up to it any more.</summary>
    public LogIndex FloorOf(GroupId group) => slots.GetValueOrDefault(group.Value).Floor;

    /// <summary>The groups it knows, by id.</summary>
    public IEnumerable<GroupId> Groups => slots.Keys.Select(g => new GroupId(g));

    /// <summary>Sets it. Terms and ballots never go back, and a vote once given in a term stays (Raft Figure 2).</summary>
    public void Set(GroupId group, HardState state)
    {
        HardState before = Of(group);
        Invariant.Check(state.Epoch >= before.Epoch);
        Invariant.Check(state.Epoch > before.Epoch || before.VotedFor.IsNone || state.VotedFor == before.VotedFor);
        slots[group.Value] = new Slot(state with { Decided = LogIndex.Max(state.Decided, before.Decided) }, FloorOf(group));
        Invariant.Check(slots.Count <= GroupsMax);
    }

    /// <summary>The log is about to lose, or has lost, what leads up to <paramref name="index"/>.</summary>
    /// <returns>Whether that changed anything.</returns>
    public bool RaiseFloor(GroupId group, LogIndex index)
    {
        if (index <= FloorOf(group))
            return false;
        slots[group.Value] = new Slot(Of(group), index);
        Invariant.Check(slots.Count <= GroupsMax);
        return true;
    }

    /// <summary>An epoch seen in the log, or in an installed checkpoint, is in force as well.</summary>
    /// <returns>Whether that changed anything.</returns>
    public bool Raise(GroupId group, Epoch epoch)
    {
        if (epoch <= Of(group).Epoch)
            return false;
        Set(group, Of(group) with { Epoch = epoch, VotedFor = NodeId.None });
        return true;
    }

    /// <summary>Writes one copy.</summary>
    public void Write(Span<byte> into, int copy)
    {
        into[..CopyBytes].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(into, Magic);
        BinaryPrimitives.WriteUInt64LittleEndian(into[8..], Number);
        BinaryPrimitives.WriteInt64LittleEndian(into[16..], DurableOffset);
        BinaryPrimitives.WriteUInt64LittleEndian(into[24..], Instance.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(into[32..], StartCount);
        BinaryPrimitives.WriteInt32LittleEndian(into[36..], copy);
        BinaryPrimitives.WriteInt32LittleEndian(into[40..], slots.Count);
        BinaryPrimitives.WriteUInt64LittleEndian(into[48..], FirstSegment);
        int at = SlotsAt;
        foreach ((uint group, Slot slot) in slots)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(into[at..], group);
            BinaryPrimitives.WriteUInt128LittleEndian(into[(at + 4)..], slot.State.Epoch.Value);
            BinaryPrimitives.WriteUInt64LittleEndian(into[(at + 20)..], slot.State.VotedFor.Value);
            BinaryPrimitives.WriteUInt64LittleEndian(into[(at + 28)..], slot.Floor.Value);
            BinaryPrimitives.WriteUInt64LittleEndian(into[(at + 36)..], slot.State.Decided.Value);
            at += SlotBytes;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(into[ChecksumAt..], Crc32C.Of(into[..ChecksumAt]));
    }

    /// <summary>Reads one copy.</summary>
    /// <returns>Null: it is not whole, or not a copy <paramref name="copy"/>.</returns>
    public static HardStateBook? Read(ReadOnlySpan<byte> from, int copy)
    {
        if (from.Length < CopyBytes
            || BinaryPrimitives.ReadUInt64LittleEndian(from) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(from[ChecksumAt..]) != Crc32C.Of(from[..ChecksumAt])
            || BinaryPrimitives.ReadInt32LittleEndian(from[36..]) != copy)
            return null;
        int count = BinaryPrimitives.ReadInt32LittleEndian(from[40..]);
        if (count is < 0 or > GroupsMax)
            return null;
        var book = new HardStateBook
        {
            Number = BinaryPrimitives.ReadUInt64LittleEndian(from[8..]),
            DurableOffset = BinaryPrimitives.ReadInt64LittleEndian(from[16..]),
            Instance = new InstanceId(BinaryPrimitives.ReadUInt64LittleEndian(from[24..])),
            StartCount = BinaryPrimitives.ReadUInt32LittleEndian(from[32..]),
            FirstSegment = BinaryPrimitives.ReadUInt64LittleEndian(from[48..]),
        };
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> slot = from.Slice(SlotsAt + (i * SlotBytes), SlotBytes);
            var state = new HardState(
                new Epoch(BinaryPrimitives.ReadUInt128LittleEndian(slot[4..])),
                new NodeId(BinaryPrimitives.ReadUInt64LittleEndian(slot[20..])),
                new LogIndex(BinaryPrimitives.ReadUInt64LittleEndian(slot[36..])));
            book.slots[BinaryPrimitives.ReadUInt32LittleEndian(slot)] =
                new Slot(state, new LogIndex(BinaryPrimitives.ReadUInt64LittleEndian(slot[28..])));
        }

        return book;
    }

    private readonly record struct Slot(HardState State, LogIndex Floor);
}
