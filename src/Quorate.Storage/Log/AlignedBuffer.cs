using System.Runtime.CompilerServices;

namespace Quorate.Storage.Records;

/// <summary>Page-aligned bytes that the collector does not move, grown when needed and kept.</summary>
internal sealed class AlignedBuffer
{
    private const int PageBytes = 4096;

    /// <summary>The bytes.</summary>
    public Memory<byte> Memory { get; private set; }

    /// <summary>Makes room for <paramref name="sizeBytes"/>, at least doubling; the contents are lost when that moves them.</summary>
    public unsafe void Reserve(int sizeBytes)
    {
        if (Memory.Length >= sizeBytes)
            return;
        int size = (Math.Max(sizeBytes, Memory.Length * 2) + PageBytes - 1) & ~(PageBytes - 1);
        byte[] array = GC.AllocateUninitializedArray<byte>(size + PageBytes, pinned: true);
        nuint address = (nuint)Unsafe.AsPointer(ref array[0]);
        int skip = (int)((PageBytes - (address & (PageBytes - 1))) & (PageBytes - 1));
        Memory = array.AsMemory(skip, size);
    }
}
