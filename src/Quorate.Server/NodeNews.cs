using Quorate.Hosting;
using Quorate.Replica;

namespace Quorate.Server;

/// <summary>
/// Lets others wait until something has changed at a node that may matter to them: who leads, who takes part, or whether its disk has room. Any thread.
/// </summary>
internal sealed class NodeNews : IDisposable
{
    private readonly QuorateNode node;
    private TaskCompletionSource next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Listens to <paramref name="node"/>.</summary>
    public NodeNews(QuorateNode node)
    {
        this.node = node;
        node.LeaderChanged += OnLeaderChanged;
        node.ConfigurationChanged += Tell;
        node.Noticed += OnNoticed;
    }

    /// <summary>Ends at the next change. Whoever takes it before he looks misses none.</summary>
    public Task Next => Volatile.Read(ref next).Task;

    /// <inheritdoc/>
    public void Dispose()
    {
        node.LeaderChanged -= OnLeaderChanged;
        node.ConfigurationChanged -= Tell;
        node.Noticed -= OnNoticed;
    }

    private void OnLeaderChanged(LeaderChange change) => Tell();

    private void OnNoticed(Notice notice)
    {
        if (notice.Kind == NoticeKind.DiskHasRoom)
            Tell();
    }

    private void Tell() =>
        Interlocked.Exchange(ref next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
}
