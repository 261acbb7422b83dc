using Quorate.Paxos.Synod;

namespace Quorate.Examples;

/// <summary>A member's state, in two slots written in turn: a cut in the middle of a write leaves the one before, whose promises stand.</summary>
internal sealed class StateFile : IDisposable
{
    private const int SlotBytes = 4096;
    private readonly FileStream file;
    private int number;

    public StateFile(string path)
    {
        file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        (int Number, SynodState State)[] whole = [.. new[] { Read(0), Read(1) }.OfType<(int, SynodState)>()];
        if (whole.Length == 0 && file.Length > SlotBytes)
            throw new InvalidDataException($"{path} is damaged: a member whose promises are lost must not come back under its number");
        (number, State) = whole.Length == 0 ? (0, SynodState.Empty) : whole.MaxBy(w => w.Number);
    }

    public SynodState State { get; }

    /// <summary>Returns once it is on disk.</summary>
    public void Write(SynodState state)
    {
        var slot = new byte[SlotBytes];
        byte[] bytes = state.ToBytes();
        BitConverter.TryWriteBytes(slot, ++number);
        BitConverter.TryWriteBytes(slot.AsSpan(4), bytes.Length);
        bytes.CopyTo(slot, 8);
        file.Position = number % 2 * SlotBytes;
        file.Write(slot);
        file.Flush(flushToDisk: true);
    }

    public void Dispose() => file.Dispose();

    private (int, SynodState)? Read(int slot)
    {
        var bytes = new byte[SlotBytes];
        file.Position = slot * SlotBytes;
        file.ReadAtLeast(bytes, SlotBytes, throwOnEndOfStream: false);
        int length = Math.Clamp(BitConverter.ToInt32(bytes, 4), 0, SlotBytes - 8);
        return SynodState.TryRead(bytes.AsSpan(8, length)) is { } state ? (BitConverter.ToInt32(bytes), state) : null;
    }
}
