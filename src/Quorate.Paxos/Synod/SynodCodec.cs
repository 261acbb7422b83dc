namespace Quorate.Paxos.Synod;

/// <summary>Messages as bytes, for any transport that keeps them apart. A checksum stands in front.</summary>
public static class SynodCodec
{
    /// <summary>The bytes of a message.</summary>
    public static byte[] Encode(SynodMessage message)
    {
        var writer = new SynodWriter();
        writer.Message(message);
        return writer.Sealed();
    }

    /// <summary>Reads what <see cref="Encode"/> made.</summary>
    /// <returns>Null when the bytes are no message, or damaged: throw them away, as if they had been lost.</returns>
    public static SynodMessage? TryDecode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var reader = SynodReader.Open(bytes);
            SynodMessage message = reader.Message();
            reader.ExpectEnd();
            return message;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
