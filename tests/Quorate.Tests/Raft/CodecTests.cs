using CsCheck;
using Quorate.Consensus;
using Quorate.Raft;
using Quorate.Tests.Engines;
using Xunit;

namespace Quorate.Tests.Raft;

/// <summary>Each message comes back as it was written, and no bytes are taken for one that are none.</summary>
public sealed class CodecTests
{
    private static readonly Gen<Term> Terms = Gen.ULong[1, long.MaxValue].Select(v => new Term(v));
    private static readonly Gen<LogIndex> Indexes = Gen.ULong[0, long.MaxValue / 2].Select(v => new LogIndex(v));
    private static readonly Gen<LogPosition> Positions =
        Gen.Select(Gen.ULong[1, long.MaxValue / 2], Gen.ULong[0, long.MaxValue], (i, t) => new LogPosition(new LogIndex(i), new Term(t)));

    private delegate bool Reader<T>(ReadOnlySpan<byte> from, out T message);

    private delegate void Writer<T>(in T message, Span<byte> into);

    [Fact]
    public void Fixed_messages_round_trip_and_nothing_else_is_read()
    {
        Check(Gen.Select(Terms, Positions, Gen.Long, (t, p, a) => new PreVote(t, p, new Tick(a))), PreVoteCodec.SizeBytes, PreVoteCodec.Write, PreVoteCodec.TryRead);
        Check(Gen.Select(Gen.ULong[0, 9], Gen.Bool, Gen.Long, (t, g, a) => new PreVoteReply(new Term(t), g, new Tick(a))), PreVoteReplyCodec.SizeBytes, PreVoteReplyCodec.Write, PreVoteReplyCodec.TryRead);
        Check(Gen.Select(Terms, Positions, Gen.Bool, (t, p, x) => new RequestVote(t, p, x)), RequestVoteCodec.SizeBytes, RequestVoteCodec.Write, RequestVoteCodec.TryRead);
        Check(Gen.Select(Terms, Gen.Bool, (t, g) => new VoteReply(t, g)), VoteReplyCodec.SizeBytes, VoteReplyCodec.Write, VoteReplyCodec.TryRead);
        Check(
            Gen.Select(Terms, Gen.Bool, Indexes, Positions, Gen.ULong, (t, s, i, h, r) => new AppendReply(t, s, i, h, r)),
            AppendReplyCodec.SizeBytes, AppendReplyCodec.Write, AppendReplyCodec.TryRead);
        Check(Gen.Select(Terms, Indexes, Gen.ULong, (t, c, r) => new Heartbeat(t, c, r)), HeartbeatCodec.SizeBytes, HeartbeatCodec.Write, HeartbeatCodec.TryRead);
        Check(Gen.Select(Terms, Gen.ULong, Indexes, Gen.Bool, (t, r, a, h) => new HeartbeatReply(t, r, a, h)), HeartbeatReplyCodec.SizeBytes, HeartbeatReplyCodec.Write, HeartbeatReplyCodec.TryRead);
        Check(Gen.Select(Terms, Indexes, (t, c) => new CommitNotice(t, c)), CommitNoticeCodec.SizeBytes, CommitNoticeCodec.Write, CommitNoticeCodec.TryRead);
        Check(Terms.Select(t => new TimeoutNow(t)), TimeoutNowCodec.SizeBytes, TimeoutNowCodec.Write, TimeoutNowCodec.TryRead);
        Check(Gen.Select(Terms, Positions, (t, p) => new SnapshotInstalled(t, p)), SnapshotInstalledCodec.SizeBytes, SnapshotInstalledCodec.Write, SnapshotInstalledCodec.TryRead);
    }

    [Fact]
    public void AppendEntries_round_trips_and_no_prefix_of_it_is_read()
    {
        Gen.Select(Gen.Byte.Array[0, 40].Array[0, 20], Gen.ULong[0, 100], Gen.ULong[0, 5]).Sample((payloads, previous, steps) =>
        {
            byte[] frame = Encode(payloads, previous, steps, out List<Entry> entries);
            var codec = new AppendEntriesCodec();
            Assert.True(codec.TryRead(Frame(frame), out AppendEntries read));
            Assert.Equal(entries.Count, read.Entries.Length);
            Assert.Equal(previous, read.Previous.Index.Value);
            for (int i = 0; i < entries.Count; i++)
            {
                Assert.Equal((entries[i].Index, entries[i].Epoch, entries[i].Kind), (read.Entries[i].Index, read.Entries[i].Epoch, read.Entries[i].Kind));
                Assert.Equal(entries[i].Payload.Checksum, read.Entries[i].Payload.Checksum);
                Assert.True(entries[i].Payload.Span.SequenceEqual(read.Entries[i].Payload.Span));
            }

            for (int length = 0; length < frame.Length; length++)
                Assert.False(codec.TryRead(Frame(frame[..length]), out _));
            Assert.False(codec.TryRead(Frame([.. frame, 0]), out _));
        });
    }

    [Fact]
    public void A_changed_bit_in_any_payload_makes_the_frame_none()
    {
        Gen.Select(Gen.Byte.Array[1, 40].Array[1, 8], Gen.Int[0, int.MaxValue]).Sample((payloads, where) =>
        {
            byte[] frame = Encode(payloads, previous: 3, steps: 0, out List<Entry> entries);
            int first = AppendEntriesCodec.HeaderBytes(entries.Count);
            where %= (frame.Length - first) * 8;
            frame[first + (where / 8)] ^= (byte)(1 << (where % 8));
            Assert.False(new AppendEntriesCodec().TryRead(Frame(frame), out _));
        });
    }

    [Fact]
    public void A_core_refuses_arbitrary_bytes_and_never_throws()
    {
        Gen.Select(Gen.Byte[0, 12], Gen.Byte.Array[0, 120]).Sample((kind, rest) =>
        {
            TestMember member = new TestNetwork(new CoreOptions()).WithMembers(3)[1];
            bool taken = member.Core.Receive(new NodeId(2), new InstanceId(102), Frame([kind, .. rest]));
            Assert.True(!taken || RaftText(kind, rest) != "no message");
        });
    }

    [Theory]
    [InlineData(3, 1)] // terms fall
    [InlineData(2, 9)] // a term beyond the leader's
    public void AppendEntries_with_terms_that_cannot_be_is_refused(ulong first, ulong second)
    {
        var header = new byte[AppendEntriesCodec.HeaderBytes(2)];
        WireWriter writer = AppendEntriesCodec.WriteFixed(header, new Term(5), LogPosition.Zero, default, 0, 2);
        AppendEntriesCodec.WriteEntry(ref writer, new Entry(new LogIndex(1), new Epoch(first), EntryKind.NoOp, Payload.Empty));
        AppendEntriesCodec.WriteEntry(ref writer, new Entry(new LogIndex(2), new Epoch(second), EntryKind.NoOp, Payload.Empty));
        Assert.False(new AppendEntriesCodec().TryRead(Frame(header), out _));
    }

    [Fact]
    public void A_configuration_entry_that_is_none_is_refused()
    {
        // Two members of one id: it has the form of a configuration and cannot be one.
        var one = new Member(new NodeId(1), new InstanceId(1), MemberRole.Voter, default);
        byte[] bytes = new Configuration([one, one with { Id = new NodeId(2) }], []).ToBytes();
        bytes[2 + 21] = 1;
        Assert.Throws<InvalidDataException>(() => Configuration.Read(bytes));
    }

    private static string RaftText(byte kind, byte[] rest) => new RaftEngine().Describe([kind, .. rest]);

    private static Payload Frame(byte[] bytes) => bytes.Length == 0 ? Payload.Empty : Payload.Copy(new BlockPool(), bytes);

    private static byte[] Encode(byte[][] payloads, ulong previous, ulong steps, out List<Entry> entries)
    {
        entries = [];
        ulong term = previous == 0 ? 0UL : 1;
        var first = new LogPosition(new LogIndex(previous), new Term(term));
        for (int i = 0; i < payloads.Length; i++)
        {
            term += i % 3 == 0 ? steps + 1 : 0;
            entries.Add(new Entry(first.Index + (i + 1), new Epoch(term), EntryKind.Command, Payload.Copy(new BlockPool(), payloads[i])));
        }

        var header = new byte[AppendEntriesCodec.HeaderBytes(entries.Count)];
        WireWriter writer = AppendEntriesCodec.WriteFixed(header, new Term(term + 1), first, new LogIndex(3), 7, entries.Count);
        foreach (Entry entry in entries)
            AppendEntriesCodec.WriteEntry(ref writer, entry);
        Assert.True(writer.Full);
        return [.. header, .. payloads.SelectMany(payload => payload)];
    }

    private static void Check<T>(Gen<T> gen, int size, Writer<T> write, Reader<T> read)
    {
        gen.Sample(message =>
        {
            var bytes = new byte[size];
            write(message, bytes);
            Assert.True(read(bytes, out T back));
            Assert.Equal(message, back);
            for (int length = 0; length < size; length++)
                Assert.False(read(bytes.AsSpan(0, length), out _));
            Assert.False(read([.. bytes, 0], out _));
            Assert.NotEqual("no message", new RaftEngine().Describe(bytes));
        });
    }
}
