using Quorate.Platform;
using Quorate.Storage.Directories;

namespace Quorate.Storage.Records;

/// <summary>Writes the hard state's two copies, the second only once the first is synced.</summary>
internal sealed class HardStateWriter(IDisk disk, IDiskWaiter waiter, HardStateBook book, DiskFile file)
{
    private readonly DiskRequest request = new(waiter);
    private readonly byte[][] copies = [new byte[HardStateBook.CopyBytes], new byte[HardStateBook.CopyBytes]];
    private int copy;

    /// <summary>What is written.</summary>
    public HardStateBook Book { get; } = book;

    /// <summary>Whether <see cref="Book"/> has changed since it was last written.</summary>
    public bool IsDirty { get; set; }

    /// <summary>Starts a write of the book as it is now.</summary>
    public void Begin(long durableOffset)
    {
        IsDirty = false;
        Book.Number++;
        Book.DurableOffset = durableOffset;
        // Both now: the book may change before the second is written, and copies of one number must be equal.
        Book.Write(copies[0], 0);
        Book.Write(copies[1], 1);
        WriteCopy(0);
    }

    /// <summary>A request of this writer has completed.</summary>
    /// <returns>Whether both copies are durable.</returns>
    public bool Advance()
    {
        if (request.Operation == DiskOperation.Write)
        {
            request.Operation = DiskOperation.Sync;
            disk.Submit(request);
            return false;
        }

        if (copy == 1)
            return true;
        WriteCopy(1);
        return false;
    }

    private void WriteCopy(int which)
    {
        copy = which;
        request.Operation = DiskOperation.Write;
        request.File = file;
        request.Offset = HardStateBook.OffsetOf(which);
        request.Buffer = copies[which];
        disk.Submit(request);
    }
}
