using System.Buffers.Binary;
using Quorate.Checkers;

namespace Quorate.Simulation;

/// <summary>
/// Reads Raft's messages as they leave: what a vote or an acknowledgement says must be durable by then. It knows the bytes by itself, so
/// that neither the code that holds messages back nor the codecs are trusted. A layout it does not know breaks the run: it would see nothing.
/// </summary>
internal static class PromiseWatch
{
    /// <summary>Bytes of a replica's envelope before the core's message.</summary>
    public const int EnvelopeBytes = 24;

    private const byte CoreMessage = 1;
    private const byte PreVote = 1;
    private const byte PreVoteReply = 2;
    private const byte RequestVote = 3;
    private const byte VoteReply = 4;
    private const byte AppendEntries = 5;
    private const byte AppendReply = 6;
    private const byte Heartbeat = 7;
    private const byte HeartbeatReply = 8;
    private const byte CommitNotice = 9;
    private const byte TimeoutNow = 10;
    private const byte SnapshotInstalled = 11;
    private const int SnapshotInstalledBytes = 25;
    private const int RequestVoteBytes = 26;
    private const int VoteReplyBytes = 10;
    private const int AppendReplyBytes = 42;

    /// <summary>Looks at a frame of member <paramref name="self"/> to <paramref name="to"/>.</summary>
    public static void Look(ReadOnlySpan<byte> frame, ulong self, ulong to, PersistedLog disk)
    {
        if (frame[0] != CoreMessage)
            return;
        ReadOnlySpan<byte> message = frame[EnvelopeBytes..];
        ulong term = BinaryPrimitives.ReadUInt64LittleEndian(message[1..]);
        switch (message[0])
        {
            case RequestVote:
                Expect(message, RequestVoteBytes);
                Vote(term, self, $"member {self} asks for votes in term {term}", disk);
                break;
            case VoteReply:
                Expect(message, VoteReplyBytes);
                if (message[9] == 1)
                    Vote(term, to, $"member {self} votes for {to} in term {term}", disk);
                break;
            case AppendReply:
                Expect(message, AppendReplyBytes);
                if (message[9] == 1)
                    Acknowledgement(term, BinaryPrimitives.ReadUInt64LittleEndian(message[10..]), self, disk);
                break;
            case SnapshotInstalled:
                Expect(message, SnapshotInstalledBytes);
                Acknowledgement(term, BinaryPrimitives.ReadUInt64LittleEndian(message[9..]), self, disk);
                break;
            case PreVote or PreVoteReply or AppendEntries or Heartbeat or HeartbeatReply or CommitNotice or TimeoutNow:
                break; // says nothing of the disk
            default:
                throw Unknown(message);
        }
    }

    /// <summary>The message is laid out as this watch knows it.</summary>
    public static void Expect(ReadOnlySpan<byte> message, int bytes) => CheckFailedException.Unless(
        message.Length == bytes, Promise.PersistentMemory, $"a message of kind {message[0]} has {message.Length} bytes, not {bytes}: the watch cannot read it");

    /// <summary>A message of a kind that a watch does not know.</summary>
    public static CheckFailedException Unknown(ReadOnlySpan<byte> message) =>
        new(Promise.PersistentMemory, $"a message of kind {message[0]}: the watch does not know what it says");

    private static void Vote(ulong term, ulong candidate, string what, PersistedLog disk)
    {
        TermAndVote durable = disk.DurableVote;
        CheckFailedException.Unless(
            durable.Term > term || (durable.Term == term && durable.Vote == candidate),
            Promise.PersistentMemory,
            $"{what}, but its disk holds {durable}");
    }

    private static void Acknowledgement(ulong term, ulong index, ulong self, PersistedLog disk)
    {
        // An answer to a leader that is no longer heard may speak of what a newer one has truncated.
        if (term < disk.WrittenVote.Term)
            return;
        LogChain durable = disk.Durable;
        CheckFailedException.Unless(
            durable.Last >= index,
            Promise.QuorumDurability,
            $"member {self} acknowledges entries up to {index} in term {term}, but its disk holds them up to {durable.Last}");
        // Index and term may come back after two overwrites: it must be these entries that are durable.
        bool known = durable.Knows(index) && disk.Written.Knows(index);
        CheckFailedException.Unless(
            !known || durable.ChainAt(index) == disk.Written.ChainAt(index),
            Promise.QuorumDurability,
            $"member {self} acknowledges entries up to {index} in term {term}, but its disk still holds others in their place");
        // A record of that term raises the term as well as the hard state does.
        bool entered = disk.DurableVote.Term >= term || (durable.Last > durable.Base && durable.EpochAt(durable.Last) >= term);
        CheckFailedException.Unless(
            entered,
            Promise.PersistentMemory,
            $"member {self} acknowledges entries up to {index} in term {term}, but its disk holds {disk.DurableVote}");
    }
}
