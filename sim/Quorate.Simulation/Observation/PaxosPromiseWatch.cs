using System.Buffers.Binary;
using Quorate.Checkers;

namespace Quorate.Simulation;

/// <summary>
/// Reads Multi-Paxos's messages as they leave: what a promise or an acceptance says must be durable by then. It knows the bytes by itself, so
/// that neither the code that holds messages back nor the codecs are trusted. A layout it does not know breaks the run: it would see nothing.
/// </summary>
internal static class PaxosPromiseWatch
{
    private const byte CoreMessage = 1;
    private const byte PreVote = 1;
    private const byte PreVoteReply = 2;
    private const byte Prepare = 3;
    private const byte PromiseMessage = 4;
    private const byte Refused = 5;
    private const byte Accept = 6;
    private const byte Accepted = 7;
    private const byte Heartbeat = 8;
    private const byte HeartbeatReply = 9;
    private const byte DecidedNotice = 10;
    private const byte HandOver = 11;
    private const int AcceptedBytes = 41;
    private const int HeartbeatReplyBytes = 58;
    private const int PrepareBytes = 41;
    private const ulong SlotsLookedAt = 64;

    /// <summary>Looks at a frame of member <paramref name="self"/>, which knows slots up to <paramref name="commit"/> decided.</summary>
    public static void Look(ReadOnlySpan<byte> frame, ulong self, ulong commit, PersistedSlots disk, PaxosChecker checker)
    {
        if (frame[0] != CoreMessage)
            return;
        ReadOnlySpan<byte> message = frame[PromiseWatch.EnvelopeBytes..];
        UInt128 ballot = new(UInt64At(message, 1), UInt64At(message, 9));
        switch (message[0])
        {
            case Prepare:
                PromiseWatch.Expect(message, PrepareBytes);
                Promised(ballot, self, "asks for promises of", disk);
                break;
            case PromiseMessage:
                Promised(ballot, self, "promises", disk);
                break;
            case Accepted:
                PromiseWatch.Expect(message, AcceptedBytes);
                Promised(ballot, self, "accepts under", disk);
                Holds(UInt64At(message, 17), UInt64At(message, 25), ballot, self, commit, disk, checker);
                break;
            case HeartbeatReply:
                PromiseWatch.Expect(message, HeartbeatReplyBytes);
                ulong last = UInt64At(message, 41);
                Holds(last - Math.Min(last, SlotsLookedAt) + 1, last, ballot, self, commit, disk, checker);
                Knows(UInt64At(message, 49), self, disk);
                break;
            case PreVote or PreVoteReply or Refused or Accept or Heartbeat or DecidedNotice or HandOver:
                break; // says nothing of the disk
            default:
                throw PromiseWatch.Unknown(message);
        }
    }

    private static ulong UInt64At(ReadOnlySpan<byte> message, int at) => BinaryPrimitives.ReadUInt64LittleEndian(message[at..]);

    private static void Promised(UInt128 ballot, ulong self, string does, PersistedSlots disk) => CheckFailedException.Unless(
        disk.DurablePromise >= ballot,
        Promise.PersistentMemory,
        $"member {self} {does} ballot {Ballots.Spell(ballot)}, but its disk holds {Ballots.Spell(disk.DurablePromise)}");

    private static void Knows(ulong decided, ulong self, PersistedSlots disk) => CheckFailedException.Unless(
        decided <= disk.DurableDecided,
        Promise.PersistentMemory,
        $"member {self} says its disk knows slots up to {decided} decided, but it knows them up to {disk.DurableDecided}");

    private static void Holds(ulong first, ulong last, UInt128 ballot, ulong self, ulong commit, PersistedSlots disk, PaxosChecker checker)
    {
        for (ulong slot = Math.Max(first, disk.Durable.Base + 1); slot <= last; slot++)
        {
            bool holds = disk.Durable.TryGet(slot, out LogRecord record)
                && (record.Epoch >= ballot || (slot <= commit && (slot > checker.Decided.Last || checker.Holds(disk.Durable, slot))));
            CheckFailedException.Unless(
                holds,
                Promise.QuorumDurability,
                $"member {self} says it has accepted slot {slot} under ballot {Ballots.Spell(ballot)}, but its disk does not hold that");
        }
    }
}
