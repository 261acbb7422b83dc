using Quorate.Consensus;
using Quorate.Paxos.Synod;

namespace Quorate.Examples;

/// <summary>
/// A member's state, in two copies. The second is written only once the first is on disk, so a power cut tears one, never both; and what one
/// holds whole cannot be forgotten by damage to the other.
/// </summary>
public sealed class StateFile : IDisposable
{
    /// <summary>The bytes of a copy: checksum of all that follows (4), number (8), length (4), the state; zeros to the end.</summary>
    public const int CopyBytes = 4096;
    private const int HeadBytes = 16;

    private readonly FileStream file;
    private readonly int newest;
    private long number;

    /// <exception cref="InvalidDataException">Both copies are damaged.</exception>
    public StateFile(string path)
    {
        path = Path.GetFullPath(path);
        if (!File.Exists(path))
            Make(path);
        DirectorySync.Sync(Path.GetDirectoryName(path)!); // at each start: whoever made the file may have got no further
        file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        file.Flush(flushToDisk: true); // what a killed process left is readable, but need not be on disk
        (long Number, SynodState State)?[] copies = [Read(0), Read(1)];
        newest = (copies[1]?.Number ?? -1) > (copies[0]?.Number ?? -1) ? 1 : 0;
        if (copies[newest] is not { } whole)
        {
            file.Dispose();
            throw new InvalidDataException($"{path} is damaged: a member whose promises are lost must not come back under its number");
        }

        (number, State) = whole;
        Write(State); // so both copies are whole
    }

    /// <summary>As it was at the start.</summary>
    public SynodState State { get; }

    /// <summary>Returns once it is on disk, twice.</summary>
    /// <exception cref="InvalidDataException">It is too large.</exception>
    public void Write(SynodState state)
    {
        byte[] copy = Seal(++number, state);
        foreach (int place in new[] { 1 - newest, newest })
        {
            file.Position = place * CopyBytes;
            file.Write(copy);
            file.Flush(flushToDisk: true);
        }
    }

    public void Dispose() => file.Dispose();

    /// <summary>Under its name a file is whole from the first: a cut before that leaves none.</summary>
    private static void Make(string path)
    {
        byte[] copy = Seal(0, SynodState.Empty);
        using (var begun = new FileStream(path + ".new", FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            begun.Write(copy);
            begun.Write(copy);
            begun.Flush(flushToDisk: true);
        }

        File.Move(path + ".new", path);
    }

    private static byte[] Seal(long number, SynodState state)
    {
        var copy = new byte[CopyBytes];
        byte[] bytes = state.ToBytes();
        if (bytes.Length > CopyBytes - HeadBytes)
            throw new InvalidDataException($"a state of {bytes.Length} bytes is too large: {CopyBytes - HeadBytes} fit");
        BitConverter.TryWriteBytes(copy.AsSpan(4), number);
        BitConverter.TryWriteBytes(copy.AsSpan(12), bytes.Length);
        bytes.CopyTo(copy, HeadBytes);
        BitConverter.TryWriteBytes(copy, Crc32C.Of(copy.AsSpan(4)));
        return copy;
    }

    /// <summary>Null when the copy is damaged.</summary>
    private (long Number, SynodState State)? Read(int place)
    {
        var copy = new byte[CopyBytes];
        file.Position = place * CopyBytes;
        file.ReadAtLeast(copy, CopyBytes, throwOnEndOfStream: false);
        if (Crc32C.Of(copy.AsSpan(4)) != BitConverter.ToUInt32(copy))
            return null;
        ReadOnlySpan<byte> bytes = copy.AsSpan(HeadBytes, BitConverter.ToInt32(copy, 12));
        return SynodState.TryRead(bytes) is { } state ? (BitConverter.ToInt64(copy, 4), state) : null;
    }
}
