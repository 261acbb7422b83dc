using System.Runtime.InteropServices;
using Quorate.Consensus;
using Quorate.Storage;

namespace Quorate.Replica;

/// <summary>Entries read back from the log, as the core takes them: their bytes in one pooled block. Reused. Owner: the loop.</summary>
internal sealed class LoadedPayloads(BlockPool pool)
{
    private readonly List<Entry> entries = [];
    private Block? block;

    /// <summary>Copies what was loaded into a block. Valid until <see cref="Release"/>; who keeps an entry retains it.</summary>
    public ReadOnlySpan<Entry> Take(LoadedEntries loaded)
    {
        Invariant.Check(block is null);
        block = pool.Rent(loaded.Bytes.Length);
        loaded.Bytes.CopyTo(block.Bytes, 0);
        foreach (LoadedEntry entry in loaded.Entries)
        {
            Payload payload = entry.Length == 0
                ? Payload.Empty
                : new Payload(block, entry.Offset, entry.Length, entry.Checksum);
            entries.Add(new Entry(entry.Index, entry.Epoch, entry.Kind, payload));
        }

        return CollectionsMarshal.AsSpan(entries);
    }

    /// <summary>Gives the block back, but for what was retained.</summary>
    public void Release()
    {
        entries.Clear();
        block?.Release();
        block = null;
    }
}
