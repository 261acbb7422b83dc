using System.Buffers.Binary;
using Quorate.Consensus;

namespace Quorate.Paxos.Synod;

/// <summary>Writes messages and states, little-endian. They are few and small: it allocates.</summary>
internal sealed class SynodWriter
{
    private readonly List<byte> bytes = [];

    /// <summary>What was written, with its CRC32C in front.</summary>
    public byte[] Sealed()
    {
        byte[] content = [.. bytes];
        var whole = new byte[content.Length + sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(whole, Crc32C.Of(content));
        content.CopyTo(whole, sizeof(uint));
        return whole;
    }

    /// <summary>What was written.</summary>
    public byte[] ToBytes() => [.. bytes];

    /// <summary>One byte.</summary>
    public void Byte(byte value) => bytes.Add(value);

    /// <summary>64 bits.</summary>
    public void UInt64(ulong value)
    {
        Span<byte> into = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(into, value);
        bytes.AddRange(into);
    }

    /// <summary>Round and proposer.</summary>
    public void Ballot(Ballot ballot)
    {
        UInt64(ballot.Round);
        UInt64(ballot.Proposer.Value);
    }

    /// <summary>A value, its length before it.</summary>
    public void Value(Value value)
    {
        UInt64((ulong)value.Bytes.Length);
        bytes.AddRange(value.Bytes.Span);
    }

    /// <summary>A value, or none.</summary>
    public void Value(Value? value)
    {
        Byte(value is null ? (byte)0 : (byte)1);
        if (value is { } some)
            Value(some);
    }

    /// <summary>A vote, or none.</summary>
    public void Vote(Vote? vote)
    {
        Byte(vote is null ? (byte)0 : (byte)1);
        if (vote is null)
            return;
        Ballot(vote.Ballot);
        Value(vote.Value);
    }

    /// <summary>A member's durable state.</summary>
    public void State(SynodState state)
    {
        Ballot(state.Used);
        Ballot(state.Promised);
        Vote(state.Accepted);
        Value(state.Decided);
    }

    /// <summary>A message.</summary>
    public void Message(SynodMessage message)
    {
        Byte((byte)message.Kind);
        switch (message)
        {
            case Prepare prepare:
                Ballot(prepare.Ballot);
                break;
            case Promise promise:
                Ballot(promise.Ballot);
                Vote(promise.Accepted);
                break;
            case Refused refused:
                Ballot(refused.Ballot);
                Ballot(refused.Promised);
                break;
            case Accept accept:
                Ballot(accept.Ballot);
                Value(accept.Value);
                break;
            case Accepted accepted:
                Vote(accepted.Vote);
                break;
            case Decided decided:
                Value(decided.Value);
                break;
            default:
                throw new InvariantBrokenException($"a message of an unknown kind, {message.Kind}");
        }
    }
}
