using Quorate.Consensus;
using Quorate.Platform;

namespace Quorate.Storage.Snapshots;

/// <summary>
/// A source's bytes as blocks of <paramref name="file"/>, made as they are written. Used by one request at a time, on the thread that carries it
/// out: reading an index of a million keys out takes longer than a log sync may wait.
/// </summary>
internal sealed class BlockContent(BlockFile file, ISnapshotSource source) : IDiskContent
{
    private long blocks;

    /// <inheritdoc/>
    public int Make(Span<byte> into)
    {
        int made = 0;
        while (into.Length - made >= BlockFile.BlockBytes)
        {
            Span<byte> block = into.Slice(made, BlockFile.BlockBytes);
            int length = Fill(block[BlockFile.HeaderBytes..]);
            if (length == 0)
                break;
            block = block[..(BlockFile.HeaderBytes + length)];
            file.Seal(block, blocks++);
            made += block.Length;
            if (length < BlockFile.ContentBytes)
                break;
        }

        return made;
    }

    private int Fill(Span<byte> content)
    {
        int length = 0;
        while (length < content.Length)
        {
            int count = source.Read(content[length..]);
            if (count == 0)
                break;
            length += count;
        }

        return length;
    }
}
