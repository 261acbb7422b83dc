using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Quorate.Cli.Bench.Http2;

/// <summary>Whom a connection tells how its calls ended.</summary>
internal interface ICallOwner
{
    /// <summary>The call has ended: null = well, else why not.</summary>
    void Ended(Http2Connection connection, Call call, string? failure);

    /// <summary>Looks at a response's message, once, when it lies in one piece.</summary>
    bool IsWanted(ReadOnlySpan<byte> message);
}

/// <summary>
/// A client's side of HTTP/2 (RFC 9113) for unary gRPC calls to one path, without TLS. It does what a benchmark needs and no more: everything that
/// was started while the last bytes were read leaves in one send. Owner: the generator's thread.
/// </summary>
internal sealed class Http2Connection : IDisposable
{
    private const int HeadBytes = 9;
    private const int ReceiveWindow = 1 << 30;
    private const int OwnStreamWindow = 16 << 20;
    private const int FrameBytesMax = 16384; // ours: the default

    private readonly ICallOwner owner;
    private readonly Socket socket;
    private readonly RequestHeaders requestHeaders;
    private readonly HpackDecoder hpack = new();
    private readonly PeerSettings settings = new();
    private readonly OutputBuffer output = new();
    private readonly Dictionary<int, Call> calls = [];
    private readonly Queue<Call> waiting = new(); // for a stream or for a window
    private readonly List<byte> headerBlock = [];
    private byte[] input = new byte[64 << 10];
    private int start;
    private int end;
    private int nextStream = 1;
    private int headersStream;
    private byte headersFlags;
    private long sendWindow = 65535;
    private int received; // since the connection's window was last topped up

    public Http2Connection(EndPoint at, string authority, string path, ICallOwner owner)
    {
        this.owner = owner;
        Authority = authority;
        requestHeaders = new RequestHeaders(authority, path);
        socket = new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(at);
        socket.Blocking = false;
        Greet();
    }

    public string Authority { get; }

    public int Descriptor => (int)socket.Handle;

    /// <summary>The other side's settings are here: calls may start.</summary>
    public bool IsReady { get; private set; }

    /// <summary>Why it is of no more use; null while it is.</summary>
    public string? Failure { get; private set; }

    /// <summary>Bytes wait that the kernel did not take.</summary>
    public bool WantsToWrite => !output.IsEmpty;

    public int OpenCalls => calls.Count + waiting.Count;

    /// <summary>Starts a call, or lets it wait for a stream. It leaves with the next <see cref="Flush"/>.</summary>
    public void Start(Call call)
    {
        if (waiting.Count == 0 && calls.Count < settings.StreamsMax)
            Open(call);
        else
            waiting.Enqueue(call);
    }

    /// <summary>Gives a call up.</summary>
    public void Cancel(Call call, string why)
    {
        if (call.Stream == 0 || !calls.Remove(call.Stream))
            return; // still waiting: it is started when its turn comes
        BinaryPrimitives.WriteInt32BigEndian(output.AddFrame(Http2Frame.ResetStream, Http2Flags.None, call.Stream, 4), 8);
        call.Stream = 0;
        owner.Ended(this, call, why);
    }

    /// <summary>Reads what is there and tells of what ended.</summary>
    public void Read()
    {
        while (Failure is null)
        {
            MakeRoom();
            int room = input.Length - end;
            int read = socket.Receive(input.AsSpan(end), SocketFlags.None, out SocketError error);
            if (error == SocketError.WouldBlock)
                return;
            if (error != SocketError.Success || read == 0)
            {
                Fail(error == SocketError.Success ? "the server closed the connection" : $"connection: {error}");
                return;
            }

            end += read;
            try
            {
                while (Failure is null && TakeFrame())
                {
                }
            }
            catch (InvalidDataException e)
            {
                Fail($"the server broke HTTP/2: {e.Message}");
            }

            if (read < room)
                return;
        }
    }

    /// <summary>Sends what is queued, as far as the kernel takes it.</summary>
    public void Flush()
    {
        while (!output.IsEmpty && Failure is null)
        {
            int sent = socket.Send(output.Waiting, SocketFlags.None, out SocketError error);
            if (error == SocketError.WouldBlock)
                return;
            if (error != SocketError.Success)
            {
                Fail($"connection: {error}");
                return;
            }

            output.Sent(sent);
        }
    }

    public void Dispose() => socket.Dispose();

    /// <summary>Ends the connection and every call on it.</summary>
    private void Fail(string why)
    {
        Failure ??= why;
        Call[] open = [.. calls.Values, .. waiting];
        calls.Clear();
        waiting.Clear();
        foreach (Call call in open)
        {
            call.Stream = 0;
            owner.Ended(this, call, why);
        }
    }

    private void Greet()
    {
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.CopyTo(output.Add(24));
        Span<byte> ours = output.AddFrame(Http2Frame.Settings, Http2Flags.None, 0, 12);
        BinaryPrimitives.WriteUInt16BigEndian(ours, 2); // no pushes
        BinaryPrimitives.WriteUInt32BigEndian(ours[2..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(ours[6..], 4);
        BinaryPrimitives.WriteUInt32BigEndian(ours[8..], OwnStreamWindow);
        BinaryPrimitives.WriteInt32BigEndian(output.AddFrame(Http2Frame.WindowUpdate, Http2Flags.None, 0, 4), ReceiveWindow - 65535);
        Flush();
    }

    private void Open(Call call)
    {
        call.Begin(nextStream, settings.StreamWindow);
        nextStream += 2;
        calls.Add(call.Stream, call);
        ReadOnlySpan<byte> block = requestHeaders.Next();
        block.CopyTo(output.AddFrame(Http2Frame.Headers, Http2Flags.EndHeaders, call.Stream, block.Length));
        SendRequest(call);
    }

    /// <summary>Sends as much of the request as the windows allow; the rest waits.</summary>
    private void SendRequest(Call call)
    {
        while (call.RequestSent < call.Request.Length)
        {
            int left = call.Request.Length - call.RequestSent;
            int piece = (int)Math.Min(Math.Min(left, settings.FrameBytesMax), Math.Min(call.SendWindow, sendWindow));
            if (piece <= 0)
                return; // ResumeRequests goes on
            byte flags = piece == left ? Http2Flags.EndStream : Http2Flags.None;
            call.Request.AsSpan(call.RequestSent, piece).CopyTo(output.AddFrame(Http2Frame.Data, flags, call.Stream, piece));
            call.RequestSent += piece;
            call.SendWindow -= piece;
            sendWindow -= piece;
        }
    }

    private void ResumeRequests()
    {
        foreach (Call call in calls.Values)
            SendRequest(call);
    }

    private void MakeRoom()
    {
        if (input.Length - end >= HeadBytes + FrameBytesMax)
            return;
        input.AsSpan(start, end - start).CopyTo(input);
        end -= start;
        start = 0;
    }

    private bool TakeFrame()
    {
        if (end - start < HeadBytes)
            return false;
        ReadOnlySpan<byte> head = input.AsSpan(start, HeadBytes);
        int length = (head[0] << 16) | (head[1] << 8) | head[2];
        if (length > FrameBytesMax)
            throw new InvalidDataException($"a frame of {length} bytes");
        if (end - start < HeadBytes + length)
            return false;
        int stream = BinaryPrimitives.ReadInt32BigEndian(head[5..]) & int.MaxValue;
        ReadOnlySpan<byte> body = input.AsSpan(start + HeadBytes, length);
        start += HeadBytes + length;
        Dispatch((Http2Frame)head[3], head[4], stream, body);
        if (start == end)
            start = end = 0;
        return true;
    }

    private void Dispatch(Http2Frame kind, byte flags, int stream, ReadOnlySpan<byte> body)
    {
        if (headersStream != 0 && kind != Http2Frame.Continuation)
            throw new InvalidDataException("a header block interrupted");
        switch (kind)
        {
            case Http2Frame.Data:
                TakeData(flags, stream, body);
                break;
            case Http2Frame.Headers:
                headersFlags = flags;
                if ((flags & Http2Flags.Priority) != 0)
                    body = Unpad(flags, body)[5..];
                else
                    body = Unpad(flags, body);
                TakeHeaders((flags & Http2Flags.EndHeaders) != 0, stream, body);
                break;
            case Http2Frame.Continuation:
                if (stream != headersStream || stream == 0)
                    throw new InvalidDataException("a continuation of nothing");
                TakeHeaders((flags & Http2Flags.EndHeaders) != 0, stream, body);
                break;
            case Http2Frame.ResetStream:
                if (calls.TryGetValue(stream, out Call? reset))
                    End(reset, $"the server reset the stream, code {BinaryPrimitives.ReadUInt32BigEndian(body)}");
                break;
            case Http2Frame.Settings:
                TakeSettings(flags, body);
                break;
            case Http2Frame.Ping:
                if ((flags & Http2Flags.Ack) == 0)
                    body.CopyTo(output.AddFrame(Http2Frame.Ping, Http2Flags.Ack, 0, body.Length));
                break;
            case Http2Frame.GoAway:
                Fail($"the server said go away, code {BinaryPrimitives.ReadUInt32BigEndian(body[4..])}");
                break;
            case Http2Frame.WindowUpdate:
                TakeWindow(stream, BinaryPrimitives.ReadInt32BigEndian(body) & int.MaxValue);
                break;
            case Http2Frame.Priority:
            case Http2Frame.PushPromise:
            default: // an unknown kind is to be passed over (RFC 9113 §4.1)
                break;
        }
    }

    private static ReadOnlySpan<byte> Unpad(byte flags, ReadOnlySpan<byte> body) =>
        (flags & Http2Flags.Padded) != 0 ? body[1..^body[0]] : body;

    private void TakeSettings(byte flags, ReadOnlySpan<byte> body)
    {
        if ((flags & Http2Flags.Ack) != 0)
            return;
        int grown = settings.Take(body);
        if (settings.HeaderTableBytes < 1024)
            throw new InvalidDataException("a header table too small for the generator's few headers");
        foreach (Call call in calls.Values)
            call.SendWindow += grown;
        output.AddFrame(Http2Frame.Settings, Http2Flags.Ack, 0, 0);
        IsReady = true;
        if (grown > 0)
            ResumeRequests();
    }

    private void TakeWindow(int stream, int grown)
    {
        if (stream == 0)
        {
            bool wasShut = sendWindow <= 0;
            sendWindow += grown;
            if (wasShut)
                ResumeRequests();
        }
        else if (calls.TryGetValue(stream, out Call? call))
        {
            call.SendWindow += grown;
            SendRequest(call);
        }
    }

    private void TakeHeaders(bool whole, int stream, ReadOnlySpan<byte> block)
    {
        if (!whole || headerBlock.Count > 0)
        {
            headerBlock.AddRange(block);
            headersStream = whole ? 0 : stream;
            if (!whole)
                return;
            block = headerBlock.ToArray();
            headerBlock.Clear();
        }

        // Also for a stream that was cancelled: the table must follow.
        ResponseHeaders forNobody = ResponseHeaders.None;
        if (!calls.TryGetValue(stream, out Call? call))
        {
            hpack.Decode(block, ref forNobody);
            return;
        }

        hpack.Decode(block, ref call.Headers);
        if ((headersFlags & Http2Flags.EndStream) != 0)
            End(call, Judge(call));
    }

    private void TakeData(byte flags, int stream, ReadOnlySpan<byte> body)
    {
        received += body.Length;
        if (received > ReceiveWindow / 2)
        {
            BinaryPrimitives.WriteInt32BigEndian(output.AddFrame(Http2Frame.WindowUpdate, Http2Flags.None, 0, 4), received);
            received = 0;
        }

        if (!calls.TryGetValue(stream, out Call? call))
            return;
        body = Unpad(flags, body);
        if (call.ResponseBytes == 0 && body.Length >= 5)
        {
            call.ResponseBytesWanted = 5 + BinaryPrimitives.ReadInt32BigEndian(body[1..]);
            // One that takes several frames is larger than any answer without what was asked for.
            call.FoundWanted = call.ResponseBytesWanted != body.Length || owner.IsWanted(body[5..]);
        }

        call.ResponseBytes += body.Length;
        if ((flags & Http2Flags.EndStream) != 0)
            End(call, "the server ended the stream without a status");
    }

    private static string? Judge(Call call)
    {
        if (call.Headers.HttpStatus != 200)
            return $"HTTP status {call.Headers.HttpStatus}";
        if (call.Headers.GrpcStatus > 0)
            return $"gRPC status {call.Headers.GrpcStatus}: {Uri.UnescapeDataString(call.Headers.GrpcMessage)}";
        if (call.Headers.GrpcStatus < 0)
            return "no gRPC status";
        if (call.ResponseBytes == 0 || (call.ResponseBytesWanted >= 0 && call.ResponseBytesWanted != call.ResponseBytes))
            return "a response cut short";
        return null;
    }

    private void End(Call call, string? failure)
    {
        calls.Remove(call.Stream);
        call.Stream = 0;
        owner.Ended(this, call, failure);
        while (waiting.Count > 0 && calls.Count < settings.StreamsMax)
            Open(waiting.Dequeue());
    }
}
