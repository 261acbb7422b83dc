namespace Quorate.KeyValue.Snapshots;

/// <summary>
/// The store's snapshot, version 1, little-endian; equal states give equal bytes. Whoever stores it checks it by checksum.
/// <list type="number">
/// <item>Header: magic (8 bytes), format version u32, number of alarms u32, revision i64, compacted revision i64, history hash u64. Then the
/// active alarms, ascending: member u64, kind u64.</item>
/// <item>Every version since the compaction in the order of history: main i64, sub u32, key length u32 (top bit: a delete), value length u32,
/// padded size u32, create i64, version i64, lease i64, key, value. Then 0 i64 and their number u64.</item>
/// <item>The index, keys ascending: for each key how many versions u32, and for each, oldest first, its place among the versions u32.
/// Then 0 u32, the number of keys u64, and the end mark u32.</item>
/// </list>
/// </summary>
internal static class SnapshotFormat
{
    public const int Version = 1;
    public const int HeaderBytes = 40;
    public const int AlarmBytes = 16;

    public const uint EndMark = 0x444E4551;

    /// <summary>A key and a value never come near it: a proposal is far smaller.</summary>
    public const int RecordBytesMax = 1 << 29;

    public static ReadOnlySpan<byte> Magic => "QRKVSNAP"u8;
}
