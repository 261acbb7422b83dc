using System.Buffers;
using Quorate.KeyValue.Commands;

namespace Quorate.KeyValue.Mvcc;

/// <summary>Which fields of a pair an answer carries beside key and revisions.</summary>
[Flags]
internal enum PairParts
{
    Neither = 0,
    Value = 1,
    Lease = 2,
    Both = Value | Lease,
}

/// <summary>mvccpb.KeyValue, straight from a record: 1 key, 2 create, 3 mod, 4 version, 5 value, 6 lease.</summary>
internal static class KeyValueCodec
{
    public static int SizeOf(Record record, PairParts parts)
    {
        int size = BytesSize(record.KeyLength) + NumberSize(record.Create) + NumberSize(record.Main) + NumberSize(record.Version);
        if ((parts & PairParts.Value) != 0)
            size += BytesSize(record.ValueLength);
        if ((parts & PairParts.Lease) != 0)
            size += NumberSize(record.Lease);
        return size;
    }

    /// <summary>Writes the message as a field of another.</summary>
    public static void WriteField(IBufferWriter<byte> into, int field, Record record, PairParts parts)
    {
        int size = SizeOf(record, parts);
        Span<byte> room = into.GetSpan(20 + size);
        int at = Wire.PutVarint(room, Wire.Tag(field, Wire.Bytes));
        at += Wire.PutVarint(room[at..], (ulong)size);
        at += Write(room[at..], record, parts);
        into.Advance(at);
    }

    /// <summary>Writes the message alone.</summary>
    public static int Write(Span<byte> into, Record record, PairParts parts)
    {
        int at = WriteBytes(into, 1, record.Key);
        at += WriteNumber(into[at..], 2, record.Create);
        at += WriteNumber(into[at..], 3, record.Main);
        at += WriteNumber(into[at..], 4, record.Version);
        if ((parts & PairParts.Value) != 0)
            at += WriteBytes(into[at..], 5, record.Value);
        if ((parts & PairParts.Lease) != 0)
            at += WriteNumber(into[at..], 6, record.Lease);
        return at;
    }

    /// <summary>A delete's message has the key alone.</summary>
    public static int WriteTombstone(Span<byte> into, Record record) => WriteBytes(into, 1, record.Key);

    private static int BytesSize(int length) => length == 0 ? 0 : 1 + Wire.VarintSize((ulong)length) + length;

    private static int NumberSize(long number) => number == 0 ? 0 : 1 + Wire.VarintSize((ulong)number);

    private static int WriteBytes(Span<byte> into, int field, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return 0;
        into[0] = (byte)Wire.Tag(field, Wire.Bytes);
        int at = 1 + Wire.PutVarint(into[1..], (ulong)bytes.Length);
        bytes.CopyTo(into[at..]);
        return at + bytes.Length;
    }

    private static int WriteNumber(Span<byte> into, int field, long number)
    {
        if (number == 0)
            return 0;
        into[0] = (byte)Wire.Tag(field, Wire.Varint);
        return 1 + Wire.PutVarint(into[1..], (ulong)number);
    }
}
