namespace Quorate.Cli.Cluster;

/// <summary>Lets a view wait until a member has said something, or ended. Any thread.</summary>
internal sealed class ClusterNews
{
    private TaskCompletionSource next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends with the next news. Whoever takes it before he looks misses none.</summary>
    public Task Next => Volatile.Read(ref next).Task;

    /// <summary>There is news.</summary>
    public void Tell() =>
        Interlocked.Exchange(ref next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
}
