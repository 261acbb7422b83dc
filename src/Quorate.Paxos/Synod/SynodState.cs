using Quorate.Consensus;

namespace Quorate.Paxos.Synod;

/// <summary>
/// What a member must never forget, written as a whole. A member whose state is lost may have promised and voted: it must not come
/// back under its number.
/// </summary>
/// <param name="Used">The highest ballot that it has proposed in.</param>
/// <param name="Promised">The highest ballot that it has promised as an acceptor.</param>
/// <param name="Accepted">Its last vote; null before the first.</param>
/// <param name="Decided">What it knows to be decided; null until it does. This alone could be learned again.</param>
public sealed record SynodState(Ballot Used, Ballot Promised, Vote? Accepted, Value? Decided)
{
    /// <summary>A new member's.</summary>
    public static readonly SynodState Empty = new(Ballot.Zero, Ballot.Zero, null, null);

    /// <summary>Its bytes, with their CRC32C in front.</summary>
    public byte[] ToBytes()
    {
        var writer = new SynodWriter();
        writer.State(this);
        return writer.Sealed();
    }

    /// <summary>Reads what <see cref="ToBytes"/> made.</summary>
    /// <returns>Null when the bytes are cut short or damaged: a member must not start with less than it last made durable.</returns>
    public static SynodState? TryRead(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var reader = SynodReader.Open(bytes);
            SynodState state = reader.State();
            reader.ExpectEnd();
            return state;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
