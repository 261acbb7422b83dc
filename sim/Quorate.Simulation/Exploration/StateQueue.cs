namespace Quorate.Simulation.Exploration;

/// <summary>The frontier: states packed into bytes, first in, first out, in pieces that are given up once read.</summary>
internal sealed class StateQueue
{
    private const int PieceBytes = 1 << 20;

    private readonly Queue<(byte[] Bytes, int Length)> full = new();
    private byte[] writing = new byte[PieceBytes];
    private int written;
    private byte[] reading = [];
    private int readingLength;
    private int read;

    /// <summary>Bytes of memory.</summary>
    public long SizeBytes => (full.Count + 2L) * PieceBytes;

    /// <summary>Puts a state at the end.</summary>
    public void Add(ReadOnlySpan<byte> state)
    {
        if (written + state.Length + 2 > PieceBytes)
        {
            full.Enqueue((writing, written));
            (writing, written) = (new byte[PieceBytes], 0);
        }

        writing[written] = (byte)state.Length;
        writing[written + 1] = (byte)(state.Length >> 8);
        state.CopyTo(writing.AsSpan(written + 2));
        written += state.Length + 2;
    }

    /// <summary>Takes the first one out; valid until the next call.</summary>
    public bool TryTake(out ReadOnlySpan<byte> state)
    {
        state = default;
        if (read == readingLength && !NextPiece())
            return false;
        int length = reading[read] | (reading[read + 1] << 8);
        state = reading.AsSpan(read + 2, length);
        read += length + 2;
        return true;
    }

    private bool NextPiece()
    {
        if (!full.TryDequeue(out (byte[] Bytes, int Length) piece))
        {
            if (written == 0)
                return false;
            piece = (writing, written);
            (writing, written) = (new byte[PieceBytes], 0);
        }

        (reading, readingLength, read) = (piece.Bytes, piece.Length, 0);
        return true;
    }
}
