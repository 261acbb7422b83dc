using System.Text;

namespace Quorate.Paxos.Synod;

/// <summary>What is decided upon: bytes that the Synod does not read. Equal when the bytes are.</summary>
/// <param name="Bytes">They must not change any more.</param>
public readonly record struct Value(ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The bytes of a text.</summary>
    public static Value Of(string text) => new(Encoding.UTF8.GetBytes(text));

    /// <inheritdoc/>
    public bool Equals(Value other) => Bytes.Span.SequenceEqual(other.Bytes.Span);

    /// <inheritdoc/>
    public override int GetHashCode() => unchecked((int)Consensus.Crc32C.Of(Bytes.Span));

    /// <summary>The bytes as a text, for people.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Bytes.Span);
}
