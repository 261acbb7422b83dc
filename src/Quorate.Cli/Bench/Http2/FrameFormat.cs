using System.Buffers.Binary;

namespace Quorate.Cli.Bench.Http2;

/// <summary>Kinds of HTTP/2 frames (RFC 9113 §6).</summary>
internal enum Http2Frame : byte
{
    Data = 0,
    Headers = 1,
    Priority = 2,
    ResetStream = 3,
    Settings = 4,
    PushPromise = 5,
    Ping = 6,
    GoAway = 7,
    WindowUpdate = 8,
    Continuation = 9,
}

/// <summary>Flags of frames; what a bit means depends on the frame.</summary>
internal static class Http2Flags
{
    public const byte None = 0;
    public const byte EndStream = 1;
    public const byte Ack = 1;
    public const byte EndHeaders = 4;
    public const byte Padded = 8;
    public const byte Priority = 32;
}

/// <summary>Settings of the other side (RFC 9113 §6.5.2) at their defaults, until it says otherwise.</summary>
internal sealed class PeerSettings
{
    public int HeaderTableBytes { get; private set; } = 4096;

    public uint StreamsMax { get; private set; } = uint.MaxValue;

    public int StreamWindow { get; private set; } = 65535;

    public int FrameBytesMax { get; private set; } = 16384;

    /// <summary>Takes the body of a SETTINGS frame.</summary>
    /// <returns>By how much the windows of open streams grow.</returns>
    public int Take(ReadOnlySpan<byte> body)
    {
        int windowBefore = StreamWindow;
        for (; body.Length >= 6; body = body[6..])
        {
            uint value = BinaryPrimitives.ReadUInt32BigEndian(body[2..]);
            switch (BinaryPrimitives.ReadUInt16BigEndian(body))
            {
                case 1:
                    HeaderTableBytes = (int)Math.Min(value, int.MaxValue);
                    break;
                case 3:
                    StreamsMax = value;
                    break;
                case 4:
                    StreamWindow = checked((int)value);
                    break;
                case 5:
                    FrameBytesMax = checked((int)value);
                    break;
            }
        }

        return StreamWindow - windowBefore;
    }
}

/// <summary>Bytes on their way out: written at the end, sent from the start.</summary>
internal sealed class OutputBuffer
{
    private byte[] bytes = new byte[64 << 10];
    private int start;
    private int end;

    public bool IsEmpty => start == end;

    public ReadOnlySpan<byte> Waiting => bytes.AsSpan(start, end - start);

    public void Sent(int count)
    {
        start += count;
        if (start == end)
            start = end = 0;
    }

    public void Clear() => start = end = 0;

    public Span<byte> Add(int length)
    {
        if (bytes.Length - end < length)
            MakeRoom(length);
        end += length;
        return bytes.AsSpan(end - length, length);
    }

    public Span<byte> AddFrame(Http2Frame kind, byte flags, int stream, int length)
    {
        Span<byte> frame = Add(9 + length);
        frame[0] = (byte)(length >> 16);
        frame[1] = (byte)(length >> 8);
        frame[2] = (byte)length;
        frame[3] = (byte)kind;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame[5..], stream);
        return frame[9..];
    }

    private void MakeRoom(int length)
    {
        int waiting = end - start;
        byte[] into = waiting + length > bytes.Length ? new byte[Math.Max(bytes.Length * 2, waiting + length)] : bytes;
        bytes.AsSpan(start, waiting).CopyTo(into);
        bytes = into;
        start = 0;
        end = waiting;
    }
}
