using System.Runtime.InteropServices;
using Quorate.Consensus;
using Quorate.Storage;

namespace Quorate.Replica;

/// <summary>
/// Entries read back from the log, as the core takes them: their bytes in one pooled block each time. The blocks stay referenced until the
/// step has carried everything out, since outputs may point into them. Reused. Owner: the loop.
/// </summary>
internal sealed class LoadedPayloads(BlockPool pool)
{
    private readonly List<Entry> entries = [];
    private readonly List<Block> blocks = [];

    /// <summary>Copies what was loaded into a block. The span is valid until the next call; who keeps an entry retains it.</summary>
    public ReadOnlySpan<Entry> Take(LoadedEntries loaded)
    {
        Block block = pool.Rent(loaded.Bytes.Length);
        blocks.Add(block);
        loaded.Bytes.CopyTo(block.Bytes, 0);
        entries.Clear();
        foreach (LoadedEntry entry in loaded.Entries)
        {
            Payload payload = entry.Length == 0
                ? Payload.Empty
                : new Payload(block, entry.Offset, entry.Length, entry.Checksum);
            entries.Add(new Entry(entry.Index, entry.Epoch, entry.Kind, payload));
        }

        return CollectionsMarshal.AsSpan(entries);
    }

    /// <summary>The step is over: gives the references back.</summary>
    public void ReleaseTaken()
    {
        foreach (Block block in blocks)
            block.Release();
        blocks.Clear();
    }
}
