namespace Quorate.Cli.Bench.Http2;

/// <summary>One unary call on its way; reused for the next. A client of the load generator has one.</summary>
internal sealed class Call
{
    /// <summary>Its stream; 0 = none is open.</summary>
    public int Stream { get; set; }

    /// <summary>When it was due, in Stopwatch ticks.</summary>
    public long Started { get; set; }

    /// <summary>The request, in gRPC's frame.</summary>
    public byte[] Request { get; set; } = [];

    /// <summary>Bytes of <see cref="Request"/> that have left.</summary>
    public int RequestSent { get; set; }

    /// <summary>Bytes that the other side still takes on this stream.</summary>
    public int SendWindow { get; set; }

    /// <summary>What its headers and trailers said.</summary>
    public ResponseHeaders Headers;

    /// <summary>Bytes of the response so far, gRPC's five included.</summary>
    public int ResponseBytes { get; set; }

    /// <summary>Bytes that gRPC's frame announced, its five included; -1 = not known yet.</summary>
    public int ResponseBytesWanted { get; set; }

    /// <summary>Whether the response holds what the workload asked for.</summary>
    public bool FoundWanted { get; set; }

    /// <summary>Ready for a new stream.</summary>
    public void Begin(int stream, int window)
    {
        Stream = stream;
        SendWindow = window;
        RequestSent = 0;
        Headers = ResponseHeaders.None;
        ResponseBytes = 0;
        ResponseBytesWanted = -1;
        FoundWanted = false;
    }
}
