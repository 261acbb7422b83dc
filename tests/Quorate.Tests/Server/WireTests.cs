using System.Buffers;
using System.IO.Pipelines;
using CsCheck;
using Google.Protobuf;
using Quorate.Protocol.Etcdserverpb;
using Quorate.Server.Http;
using Quorate.Server.Rpc;
using Xunit;

namespace Quorate.Tests.Server;

/// <summary>Bytes of the client ports.</summary>
public sealed class WireTests
{
    /// <summary>A header put before a body reads as one message, whatever the numbers.</summary>
    [Fact]
    public void A_header_before_the_body_makes_one_message() =>
        Gen.Select(Gen.ULong, Gen.ULong, Gen.Long, Gen.ULong, Gen.Byte.Array[0, 5000]).Sample((cluster, member, revision, term, value) =>
        {
            var body = new SnapshotResponse { RemainingBytes = 5, Blob = ByteString.CopyFrom(value) };
            var reply = new ReplyBuffer();
            reply.Clear();
            body.WriteTo((IBufferWriter<byte>)reply);
            reply.SetHeader(cluster, member, revision, term);
            ReadOnlySpan<byte> frame = reply.Frame();
            var read = SnapshotResponse.Parser.ParseFrom(frame[5..]);
            var header = new ResponseHeader { ClusterId = cluster, MemberId = member, Revision = revision, RaftTerm = term };
            return frame[0] == 0
                && System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(frame[1..]) == frame.Length - 5
                && read.Equals(new SnapshotResponse(body) { Header = header });
        });

    /// <summary>The web server takes no more than it is asked for once a client has gone: a reply then goes nowhere, and harms nothing.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(1 << 20)]
    public void A_reply_fits_whatever_room_there_is(int room)
    {
        var reply = new ReplyBuffer();
        reply.Clear();
        new SnapshotResponse { Blob = ByteString.CopyFrom(new byte[5000]) }.WriteTo((IBufferWriter<byte>)reply);
        var writer = new NarrowWriter(room);
        reply.SendTo(writer);
        Assert.Equal(reply.Frame().ToArray(), writer.Written);
    }

    [Theory]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", true)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nmore", true)]
    [InlineData("GET /health HTTP/1.1\r\n\r\n", false)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM", false)]
    [InlineData("", false)]
    public async Task The_preface_tells_http2_from_http1(string sent, bool expected)
    {
        // Byte by byte, as a slow network brings it.
        var pipe = new Pipe();
        Task<bool> seen = Http2Sniffer.BeginsWithPrefaceAsync(pipe.Reader, CancellationToken.None).AsTask();
        foreach (char c in sent)
            await pipe.Writer.WriteAsync(new[] { (byte)c }, TestContext.Current.CancellationToken);
        await pipe.Writer.CompleteAsync();
        Assert.Equal(expected, await seen);
        // Nothing was consumed.
        ReadResult rest = await pipe.Reader.ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal(sent.Length, rest.Buffer.Length);
    }

    /// <summary>Gives so many bytes at a time, and none to who does not ask for a size.</summary>
    private sealed class NarrowWriter(int room) : PipeWriter
    {
        private byte[] offered = [];

        public List<byte> Written { get; } = [];

        public override void Advance(int bytes) => Written.AddRange(offered.AsSpan(0, bytes));

        public override Memory<byte> GetMemory(int sizeHint = 0) => offered = sizeHint == 0 ? [] : new byte[Math.Max(sizeHint, room)];

        public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

        public override void CancelPendingFlush()
        {
            // Nothing is ever flushed here.
        }

        public override void Complete(Exception? exception = null)
        {
            // It has no reader.
        }

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => default;
    }
}
