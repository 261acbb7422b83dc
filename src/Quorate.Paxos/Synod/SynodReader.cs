using System.Buffers.Binary;
using Quorate.Consensus;

namespace Quorate.Paxos.Synod;

/// <summary>Reads what <see cref="SynodWriter"/> wrote.</summary>
internal ref struct SynodReader(ReadOnlySpan<byte> from)
{
    private ReadOnlySpan<byte> rest = from;

    /// <summary>Reads what was sealed.</summary>
    /// <exception cref="InvalidDataException">It is cut short or damaged.</exception>
    public static SynodReader Open(ReadOnlySpan<byte> whole)
    {
        if (whole.Length < sizeof(uint) || Crc32C.Of(whole[sizeof(uint)..]) != BinaryPrimitives.ReadUInt32LittleEndian(whole))
            throw new InvalidDataException("damaged: the checksum differs");
        return new SynodReader(whole[sizeof(uint)..]);
    }

    /// <summary>Nothing may follow.</summary>
    /// <exception cref="InvalidDataException">Something does.</exception>
    public readonly void ExpectEnd()
    {
        if (!rest.IsEmpty)
            throw new InvalidDataException($"{rest.Length} bytes too many");
    }

    /// <summary>One byte.</summary>
    public byte Byte() => Take(1)[0];

    /// <summary>64 bits.</summary>
    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    /// <summary>Round and proposer.</summary>
    public Ballot Ballot() => new(UInt64(), new NodeId(UInt64()));

    /// <summary>A value; its bytes are copied.</summary>
    public Value Value()
    {
        ulong length = UInt64();
        if (length > (ulong)rest.Length)
            throw new InvalidDataException("cut short");
        return new Value(Take((int)length).ToArray());
    }

    /// <summary>A value, or none.</summary>
    public Value? ValueOrNone() => Flag() ? Value() : null;

    /// <summary>A vote, or none.</summary>
    public Vote? VoteOrNone() => Flag() ? new Vote(Ballot(), Value()) : null;

    /// <summary>A member's durable state.</summary>
    public SynodState State() => new(Ballot(), Ballot(), VoteOrNone(), ValueOrNone());

    /// <summary>A message.</summary>
    public SynodMessage Message() => (SynodMessageKind)Byte() switch
    {
        SynodMessageKind.Prepare => new Prepare(Ballot()),
        SynodMessageKind.Promise => new Promise(Ballot(), VoteOrNone()),
        SynodMessageKind.Refused => new Refused(Ballot(), Ballot()),
        SynodMessageKind.Accept => new Accept(Ballot(), Value()),
        SynodMessageKind.Accepted => new Accepted(VoteOrNone() ?? throw new InvalidDataException("a vote without a vote")),
        SynodMessageKind.Decided => new Decided(Value()),
        var other => throw new InvalidDataException($"no message is of kind {(byte)other}"),
    };

    private bool Flag() => Byte() switch
    {
        0 => false,
        1 => true,
        var other => throw new InvalidDataException($"neither there nor not: {other}"),
    };

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > rest.Length)
            throw new InvalidDataException("cut short");
        ReadOnlySpan<byte> taken = rest[..count];
        rest = rest[count..];
        return taken;
    }
}
