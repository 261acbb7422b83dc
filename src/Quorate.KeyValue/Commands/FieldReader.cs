using System.Runtime.CompilerServices;

namespace Quorate.KeyValue.Commands;

/// <summary>
/// Reads a protobuf message field by field, in place. It never throws: what cannot be read ends the message, and
/// <see cref="IsWhole"/> is false from then on.
/// </summary>
internal ref struct FieldReader(ReadOnlySpan<byte> message)
{
    private const int GroupDepthMax = 32;

    private ReadOnlySpan<byte> rest = message;
    private WireType type;
    private bool failed;

    private enum WireType : byte
    {
        Varint = 0,
        Fixed64 = 1,
        Length = 2,
        GroupStart = 3,
        GroupEnd = 4,
        Fixed32 = 5,
    }

    /// <summary>Whether everything read so far was well formed.</summary>
    public readonly bool IsWhole => !failed;

    /// <summary>Goes to the next field; false at the end, or where the bytes are no message.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Next(out int field)
    {
        field = 0;
        if (rest.IsEmpty)
            return false;
        ulong tag = rest[0];
        if (tag < 0x80)
            rest = rest[1..];
        else
            tag = Varint();
        field = (int)(tag >> 3);
        type = (WireType)(tag & 7);
        if (field == 0 || tag > uint.MaxValue)
            failed = true;
        return !failed;
    }

    /// <summary>A field of type int64.</summary>
    public long Int64() => (long)Scalar();

    /// <summary>A field of type bool.</summary>
    public bool Bool() => Scalar() != 0;

    /// <summary>A field of an enumeration; values outside it are kept as they are.</summary>
    public int Enum() => unchecked((int)Scalar());

    /// <summary>A field of type bytes, or a message's bytes; borrowed from the message.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> Bytes()
    {
        if (type != WireType.Length)
            return Fail();
        return Take(Varint());
    }

    /// <summary>Leaves the field out.</summary>
    public void Skip() => SkipValue(0);

    private void SkipValue(int depth)
    {
        switch (type)
        {
            case WireType.Varint:
                Varint();
                break;
            case WireType.Fixed64:
                Take(8);
                break;
            case WireType.Fixed32:
                Take(4);
                break;
            case WireType.Length:
                Take(Varint());
                break;
            case WireType.GroupStart when depth < GroupDepthMax:
                SkipGroup(depth);
                break;
            case WireType.GroupStart:
            case WireType.GroupEnd:
            default:
                Fail();
                break;
        }
    }

    private void SkipGroup(int depth)
    {
        while (Next(out _))
        {
            if (type == WireType.GroupEnd)
                return;
            SkipValue(depth + 1);
        }

        Fail();
    }

    private ulong Scalar()
    {
        if (type == WireType.Varint)
            return Varint();
        Fail();
        return 0;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int i = 0; i < rest.Length && i < 10; i++)
        {
            byte b = rest[i];
            value |= (ulong)(b & 0x7F) << (7 * i);
            if (b < 0x80)
            {
                // The tenth byte has room for one bit.
                if (i == 9 && b > 1)
                    break;
                rest = rest[(i + 1)..];
                return value;
            }
        }

        Fail();
        return 0;
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)rest.Length)
            return Fail();
        ReadOnlySpan<byte> taken = rest[..(int)length];
        rest = rest[(int)length..];
        return taken;
    }

    private ReadOnlySpan<byte> Fail()
    {
        failed = true;
        rest = default;
        return default;
    }
}
