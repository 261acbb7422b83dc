namespace Quorate.Consensus;

/// <summary>
/// References that the log has given up while the output may still name their payloads: they go back once the output has been
/// cleared (<see cref="CoreOutput"/> promises that what it names stays valid until then).
/// </summary>
internal sealed class DeferredReleases
{
    private readonly List<Block> blocks = [];

    /// <summary>Gives the reference back later.</summary>
    public void Add(in Payload payload)
    {
        if (payload.Block is { } block)
            blocks.Add(block);
    }

    /// <summary>Gives all of them back. The output is clear.</summary>
    public void Flush()
    {
        if (blocks.Count == 0)
            return;
        foreach (Block block in blocks)
            block.Release();
        blocks.Clear();
    }
}
