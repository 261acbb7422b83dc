namespace Quorate.Checkers;

/// <summary>An entry of a log, as checkers see it.</summary>
/// <param name="Index">Its place, from 1.</param>
/// <param name="Epoch">Its term or ballot.</param>
/// <param name="Fingerprint">A hash of its kind and bytes.</param>
public readonly record struct LogRecord(ulong Index, UInt128 Epoch, ulong Fingerprint);

/// <summary>Hashes of checkers: not cryptographic, equal on every machine.</summary>
public static class Fingerprint
{
    /// <summary>A hash of <paramref name="bytes"/>, beginning from <paramref name="seed"/>.</summary>
    public static ulong Of(ReadOnlySpan<byte> bytes, ulong seed = 0)
    {
        ulong hash = Mix(seed + 0x9E3779B97F4A7C15, (ulong)bytes.Length);
        while (bytes.Length >= sizeof(ulong))
        {
            hash = Mix(hash, System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        ulong last = 0;
        for (int i = 0; i < bytes.Length; i++)
            last |= (ulong)bytes[i] << (8 * i);
        return Mix(hash, last);
    }

    /// <summary>Takes <paramref name="word"/> into <paramref name="hash"/>.</summary>
    public static ulong Mix(ulong hash, ulong word)
    {
        UInt128 product = (UInt128)(hash ^ 0xA0761D6478BD642F) * (word ^ 0xE7037ED1A0B428DB);
        return (ulong)product ^ (ulong)(product >> 64) ^ word;
    }
}
