using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Quorate.Platform;

/// <summary>Where instance ids, segment seeds and nonces come from; the simulator's comes from its seed.</summary>
public interface IRandomBits
{
    /// <summary>64 random bits.</summary>
    ulong Next();
}

/// <summary>The system's own randomness. Any thread.</summary>
public sealed class SystemRandomBits : IRandomBits
{
    /// <inheritdoc/>
    public ulong Next()
    {
        Span<byte> bits = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bits);
        return BinaryPrimitives.ReadUInt64LittleEndian(bits);
    }
}
