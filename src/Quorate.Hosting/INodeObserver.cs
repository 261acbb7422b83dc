namespace Quorate.Hosting;

/// <summary>Is told how long a node's disk takes, for metrics. Called on the node's threads: return at once.</summary>
public interface INodeObserver
{
    /// <summary>A file was synced: the log, the hard state, a checkpoint. Storage thread.</summary>
    void Synced(TimeSpan took);

    /// <summary>Bytes were written to a file. Storage thread.</summary>
    void Wrote(long bytes, TimeSpan took);

    /// <summary>A checkpoint was published, so long after it was begun. Loop thread.</summary>
    void CheckpointPublished(TimeSpan took);
}

/// <summary>Nobody looks.</summary>
internal sealed class NoObserver : INodeObserver
{
    public static readonly NoObserver Instance = new();

    /// <inheritdoc/>
    public void Synced(TimeSpan took)
    {
        // Nobody looks.
    }

    /// <inheritdoc/>
    public void Wrote(long bytes, TimeSpan took)
    {
        // Nobody looks.
    }

    /// <inheritdoc/>
    public void CheckpointPublished(TimeSpan took)
    {
        // Nobody looks.
    }
}
