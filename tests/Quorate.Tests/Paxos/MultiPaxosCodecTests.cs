using CsCheck;
using Quorate.Consensus;
using Quorate.Paxos.MultiPaxos;
using Quorate.Tests.Engines;
using Xunit;

namespace Quorate.Tests.Paxos;

/// <summary>Each message comes back as it was written, and no bytes are taken for one that are none.</summary>
public sealed class MultiPaxosCodecTests
{
    private static readonly Gen<Ballot> BallotGen =
        Gen.Select(Gen.ULong[1, long.MaxValue], Gen.ULong[1, ulong.MaxValue], (r, p) => new Ballot(r, new NodeId(p)));

    private static readonly Gen<Ballot> BallotOrZero = Gen.OneOf(BallotGen, Gen.Const(Ballot.Zero));

    private static readonly Gen<LogIndex> Slots = Gen.ULong[1, long.MaxValue / 4].Select(v => new LogIndex(v));

    private delegate bool Reader<T>(ReadOnlySpan<byte> from, out T message);

    private delegate void Writer<T>(in T message, Span<byte> into);

    [Fact]
    public void Fixed_messages_round_trip_and_nothing_else_is_read()
    {
        Check(Gen.Select(BallotGen, Slots, Gen.Long, (b, s, a) => new PreVote(b, s, new Tick(a))), PreVoteCodec.SizeBytes, PreVoteCodec.Write, PreVoteCodec.TryRead);
        Check(Gen.Select(BallotGen, Gen.Bool, Gen.Long, (b, g, a) => new PreVoteReply(b, g, new Tick(a))), PreVoteReplyCodec.SizeBytes, PreVoteReplyCodec.Write, PreVoteReplyCodec.TryRead);
        Check(Gen.Select(BallotGen, Slots, BallotOrZero, (b, s, h) => new Prepare(b, s, h)), PrepareCodec.SizeBytes, PrepareCodec.Write, PrepareCodec.TryRead);
        Check(Gen.Select(BallotGen, BallotGen, (b, p) => new Refused(b, p)), RefusedCodec.SizeBytes, RefusedCodec.Write, RefusedCodec.TryRead);
        Check(BallotGen.Select(b => new HandOver(b)), HandOverCodec.SizeBytes, HandOverCodec.Write, HandOverCodec.TryRead);
        Check(
            Gen.Select(BallotGen, Slots, Gen.Int[0, 50], Gen.ULong, (b, s, n, r) => new Accepted(b, s, s + n, r)),
            AcceptedCodec.SizeBytes, AcceptedCodec.Write, AcceptedCodec.TryRead);
        Check(
            Gen.Select(BallotGen, Slots, Gen.ULong, Gen.ULong, (b, d, r, t) => new Heartbeat(b, d, r, t)),
            HeartbeatCodec.SizeBytes, HeartbeatCodec.Write, HeartbeatCodec.TryRead);
        Check(
            Gen.Select(
                BallotGen, Gen.Select(Gen.ULong, Gen.ULong), Gen.Select(Slots, Slots, Slots), Gen.Bool,
                (b, n, s, h) => new HeartbeatReply(b, n.Item1, n.Item2, s.Item1, s.Item2, s.Item3, h)),
            HeartbeatReplyCodec.SizeBytes, HeartbeatReplyCodec.Write, HeartbeatReplyCodec.TryRead);
        Check(
            Gen.Select(BallotGen, Slots, Gen.Bool, (b, d, l) => new DecidedNotice(b, d, l)),
            DecidedNoticeCodec.SizeBytes, DecidedNoticeCodec.Write, DecidedNoticeCodec.TryRead);
    }

    [Fact]
    public void Accept_round_trips_and_no_prefix_or_damage_of_it_is_read()
    {
        Gen.Select(BallotGen, Slots, Gen.Byte.Array[0, 40].Array[1, 12], Gen.Int[0, int.MaxValue]).Sample((ballot, first, payloads, where) =>
        {
            Entry[] proposals = Entries(payloads, i => first + i, _ => ballot);
            byte[] frame = Encode(output =>
            {
                WireWriter writer = new Outbox(output).BeginAccept(
                    new NodeId(2), ballot, first, new LogIndex(7), 9, proposals.Length, proposals.Count(p => p.Payload.Length > 0));
                foreach (Entry proposal in proposals)
                    new Outbox(output).Add(ref writer, proposal);
                Assert.True(writer.Full);
            });
            Assert.True(new AcceptCodec().TryRead(Frame(frame), out Accept read));
            Assert.Equal((ballot, new LogIndex(7), 9UL), (read.Ballot, read.Decided, read.Round));
            AssertSame(proposals, read.Proposals);
            for (int length = 0; length < frame.Length; length++)
                Assert.False(new AcceptCodec().TryRead(Frame(frame[..length]), out _));
            Assert.False(new AcceptCodec().TryRead(Frame([.. frame, 0]), out _));
            int header = AcceptCodec.HeaderBytes(proposals.Length);
            if (frame.Length == header)
                return;
            frame[header + (where % (frame.Length - header))] ^= 1;
            Assert.False(new AcceptCodec().TryRead(Frame(frame), out _));
        });
    }

    [Fact]
    public void Promise_round_trips_with_gaps_and_no_prefix_of_it_is_read()
    {
        Gen.Select(BallotGen, Slots, Gen.Byte.Array[0, 40].Array[0, 12], Gen.Int[1, 3]).Sample((ballot, from, payloads, step) =>
        {
            Entry[] accepted = Entries(payloads, i => from + (i * step), i => new Ballot(ballot.Round, new NodeId((ballot.Proposer.Value / 2) + (ulong)(i % 2))));
            foreach (Entry entry in accepted)
            {
                if (Ballot.Of(entry.Epoch).Proposer.IsNone)
                    return;
            }

            LogIndex next = from + (payloads.Length * step) + 1;
            byte[] frame = Encode(output => new Outbox(output).Send(
                new NodeId(2), new Promise(ballot, from, next, PromiseRest.Piece, new LogIndex(5), accepted), WriteNumber.None));
            Assert.True(new PromiseCodec().TryRead(Frame(frame), out Promise read));
            Assert.Equal((ballot, from, next, PromiseRest.Piece), (read.Ballot, read.From, read.Next, read.Rest));
            AssertSame(accepted, read.Accepted);
            for (int length = 0; length < frame.Length; length++)
                Assert.False(new PromiseCodec().TryRead(Frame(frame[..length]), out _));
            Assert.False(new PromiseCodec().TryRead(Frame([.. frame, 0]), out _));
        });
    }

    [Fact]
    public void A_core_refuses_arbitrary_bytes_and_never_throws()
    {
        var engine = new MultiPaxosEngine();
        Gen.Select(Gen.Byte[0, 12], Gen.Byte.Array[0, 120]).Sample((kind, rest) =>
        {
            TestMember member = new TestNetwork(new CoreOptions(), engine).WithMembers(3)[1];
            bool taken = member.Core.Receive(new NodeId(2), new InstanceId(102), Frame([kind, .. rest]));
            Assert.True(!taken || engine.Describe([kind, .. rest]) != "no message");
        });
    }

    private static Entry[] Entries(byte[][] payloads, Func<int, LogIndex> slot, Func<int, Ballot> ballot)
    {
        var pool = new BlockPool();
        return [.. payloads.Select((bytes, i) => new Entry(slot(i), ballot(i).Epoch, EntryKind.Command, Payload.Copy(pool, bytes)))];
    }

    private static byte[] Encode(Action<CoreOutput> send)
    {
        var output = new CoreOutput();
        send(output);
        OutboundMessage message = Assert.Single(output.Messages);
        var frame = new List<byte>();
        frame.AddRange(output.HeaderOf(message));
        foreach (Payload payload in output.PayloadsOf(message))
            frame.AddRange(payload.Span);
        return [.. frame];
    }

    private static void AssertSame(Entry[] written, ReadOnlySpan<Entry> read)
    {
        Assert.Equal(written.Length, read.Length);
        for (int i = 0; i < written.Length; i++)
        {
            Assert.Equal((written[i].Index, written[i].Epoch, written[i].Kind), (read[i].Index, read[i].Epoch, read[i].Kind));
            Assert.True(written[i].Payload.Span.SequenceEqual(read[i].Payload.Span));
        }
    }

    private static Payload Frame(byte[] bytes)
    {
        if (bytes.Length == 0)
            return Payload.Empty;
        Block block = new BlockPool().Rent(bytes.Length + 3);
        bytes.CopyTo(block.Bytes, 3);
        return new Payload(block, 3, bytes.Length, 0);
    }

    private static void Check<T>(Gen<T> messages, int size, Writer<T> write, Reader<T> read)
    {
        messages.Sample(message =>
        {
            byte[] bytes = new byte[size];
            write(message, bytes);
            Assert.True(read(bytes, out T back));
            Assert.Equal(message, back);
            Assert.False(read(bytes.AsSpan(0, size - 1), out _));
            Assert.False(read([.. bytes, 0], out _));
            bytes[0]++;
            Assert.False(read(bytes, out _));
        });
    }
}
