using System.Buffers;

namespace Quorate.Hosting;

/// <summary>The state machine's answer to a command. The bytes are the caller's until <see cref="Dispose"/>, which it need not call: that only saves garbage.</summary>
public readonly struct Answer : IDisposable
{
    private readonly byte[]? rented;

    internal Answer(ReadOnlySpan<byte> bytes)
    {
        rented = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(rented);
        Length = bytes.Length;
    }

    /// <summary>Bytes.</summary>
    public int Length { get; }

    /// <summary>The answer.</summary>
    public ReadOnlyMemory<byte> Memory => rented.AsMemory(0, Length);

    /// <summary>The answer.</summary>
    public ReadOnlySpan<byte> Span => rented.AsSpan(0, Length);

    /// <summary>Gives the bytes back; they must not be read any more. Once.</summary>
    public void Dispose()
    {
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
    }
}
