using CsCheck;
using Quorate.Consensus;
using Quorate.Transport;
using Xunit;

namespace Quorate.Tests.Transport;

/// <summary>Frames on the wire, without sockets.</summary>
public sealed class FramingTests
{
    private static readonly Gen<(byte[] Header, byte[][] Payloads)[]> Frames =
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Byte.Array[0, 2000].Array[0, 8]).Array[1, 20];

    [Fact]
    public void Any_frames_cut_in_any_pieces_are_read_back()
    {
        Gen.Select(Frames, Gen.Int[1, 40_000].Array[1, 10], Gen.Int[256, 20_000]).Sample((frames, cuts, blockBytes) =>
        {
            var pool = new BlockPool();
            byte[] stream = Write(pool, frames);
            var reader = new FrameReader(pool, blockBytes, 1 << 20);
            var read = new List<Payload>();
            int cut = 0;
            for (int at = 0; at < stream.Length;)
            {
                int room = reader.Room(out int offset);
                int piece = Math.Min(Math.Min(room, stream.Length - at), cuts[cut++ % cuts.Length]);
                stream.AsSpan(at, piece).CopyTo(reader.Block.Bytes.AsSpan(offset));
                reader.Received(piece);
                at += piece;
                while (reader.TryRead(out _, out Payload body, out _) == FrameStatus.Whole)
                {
                    body.Retain();
                    read.Add(body);
                }
            }

            bool same = read.Count == frames.Length;
            for (int i = 0; i < read.Count; i++)
            {
                same &= read[i].Span.SequenceEqual((byte[])[.. frames[i].Header, .. frames[i].Payloads.SelectMany(p => p)]);
                read[i].Release();
            }

            reader.Clear();
            return same;
        });
    }

    [Fact]
    public void A_changed_bit_in_head_or_header_is_never_taken_for_a_frame()
    {
        Gen.Select(Gen.Byte.Array[1, 200], Gen.Int[0, 1 << 30]).Sample((header, where) =>
        {
            var pool = new BlockPool();
            byte[] stream = Write(pool, [(header, [])]);
            where %= stream.Length * 8;
            stream[where / 8] ^= (byte)(1 << (where % 8));
            var reader = new FrameReader(pool, 4096, 1 << 20);
            reader.Room(out int offset);
            stream.CopyTo(reader.Block.Bytes.AsSpan(offset));
            reader.Received(stream.Length);
            return reader.TryRead(out _, out _, out _) == FrameStatus.Corrupt;
        });
    }

    [Fact]
    public unsafe void Neighbours_in_one_block_leave_as_one_range()
    {
        var pool = new BlockPool();
        var queue = new SendQueue(pool);
        Block block = pool.Rent(4096);
        Payload[] neighbours = [.. Enumerable.Range(0, 10).Select(i => new Payload(block, i * 100, 100, 0))];

        queue.Append(FrameKind.Content, "header"u8, neighbours);
        queue.Append(FrameKind.Content, "next"u8, []);
        queue.Append(FrameKind.Content, "and next"u8, []);

        IoVector* ranges = stackalloc IoVector[8];
        Assert.Equal(3, queue.Gather(ranges, 8));
        Assert.Equal(1000, (int)ranges[1].Length);
        Assert.Equal(2, block.References);
        queue.Sent(queue.Bytes);
        Assert.Equal(1, block.References);
        Assert.Equal(0, queue.Bytes);
    }

    [Fact]
    public void A_hello_is_read_back_and_every_changed_bit_is_seen()
    {
        var hello = new Hello(TransportWorld.Identity(3), new NodeId(2), PeerStream.Snapshots, new LogIndex(7), HelloVerdict.StaleStart);
        var bytes = new byte[Hello.SizeBytes];
        hello.Write(bytes);
        Assert.Equal(HelloVerdict.Accepted, Hello.Read(bytes, out Hello? read));
        Assert.Equal(hello, read);

        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(HelloVerdict.Accepted, Hello.Read(bytes, out _));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    private static unsafe byte[] Write(BlockPool pool, (byte[] Header, byte[][] Payloads)[] frames)
    {
        var queue = new SendQueue(pool);
        foreach ((byte[] header, byte[][] payloads) in frames)
        {
            Payload[] made = [.. payloads.Select(p => Payload.Copy(pool, p))];
            queue.Append(FrameKind.Content, header, made);
            foreach (Payload payload in made)
                payload.Release();
        }

        var stream = new List<byte>();
        IoVector* ranges = stackalloc IoVector[3];
        while (queue.Count > 0)
        {
            int count = queue.Gather(ranges, 3);
            int length = 0;
            for (int i = 0; i < count; i++)
            {
                stream.AddRange(new ReadOnlySpan<byte>((void*)ranges[i].Base, (int)ranges[i].Length));
                length += (int)ranges[i].Length;
            }

            queue.Sent(length);
        }

        return [.. stream];
    }
}
