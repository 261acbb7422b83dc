using Quorate.Replica;

namespace Quorate.Hosting;

/// <summary>Membership changes and transfers under way: rare, so each has a task of its own. Any thread.</summary>
internal sealed class SlowRequests
{
    private readonly Lock gate = new();
    private readonly Dictionary<ulong, TaskCompletionSource> open = [];
    private ulong last;
    private bool closed;

    /// <summary>Begins one; <paramref name="send"/> gets its number.</summary>
    public async Task RunAsync(Action<ulong> send, CancellationToken cancellation)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ulong number;
        lock (gate)
        {
            if (closed)
                throw new RequestFailedException(new Failure(FailureReason.Stopped));
            number = ++last;
            open.Add(number, done);
        }

        send(number);
        await done.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>One has ended; null: as wished. The loop's thread.</summary>
    public void End(ulong number, Failure? failure)
    {
        TaskCompletionSource? done;
        lock (gate)
        {
            if (!open.Remove(number, out done))
                return;
        }

        if (failure is { } why)
            done.SetException(new RequestFailedException(why));
        else
            done.SetResult();
    }

    /// <summary>The node has stopped.</summary>
    public void Close()
    {
        ulong[] numbers;
        lock (gate)
        {
            closed = true;
            numbers = [.. open.Keys];
        }

        foreach (ulong number in numbers)
            End(number, new Failure(FailureReason.Stopped));
    }
}
