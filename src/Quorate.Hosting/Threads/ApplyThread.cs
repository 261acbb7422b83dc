using Quorate.Consensus;
using Quorate.Replica;

namespace Quorate.Hosting;

/// <summary>The apply context in production: one thread that brings the loop's requests to the state machine, in order.</summary>
internal sealed class ApplyThread : IApplier, IApplyEvents, IDisposable
{
    private readonly Inbox<Request> inbox = new();
    private readonly LoopInbox loop;
    private readonly ApplyWork work;
    private readonly Action<string, Exception?> fail;
    private readonly Thread thread;
    private volatile bool stopping;

    /// <summary>Starts the thread.</summary>
    public ApplyThread(IStateMachine machine, ICallers callers, LoopInbox loop, Action<string, Exception?> fail)
    {
        this.loop = loop;
        this.fail = fail;
        work = new ApplyWork(machine, callers, this);
        thread = new Thread(Run) { IsBackground = true, Name = "quorate-apply" };
        thread.Start();
    }

    /// <inheritdoc/>
    public void Submit(ApplyBatch batch) => inbox.Add(new Request(batch, null));

    /// <inheritdoc/>
    public void Capture() => Do(static work => work.Capture());

    /// <inheritdoc/>
    public void RestoreBegin() => Do(static work => work.RestoreBegin());

    /// <inheritdoc/>
    public void RestorePiece(byte[] bytes) => Do(work => work.RestorePiece(bytes));

    /// <inheritdoc/>
    public void RestoreEnd(LogIndex upTo) => Do(work => work.RestoreEnd(upTo));

    /// <summary>Runs <paramref name="action"/> on the apply context, after everything given before.</summary>
    public Task RunAsync(Action action)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Do(_ =>
        {
            try
            {
                action();
                done.SetResult();
            }
            catch (InvalidDataException damage)
            {
                done.SetException(damage);
            }
        });
        return done.Task;
    }

    /// <inheritdoc/>
    void IApplyEvents.Applied(ApplyBatch batch) => loop.AddApplied(ReplicaEvent.Applied(batch));

    /// <inheritdoc/>
    void IApplyEvents.Captured(ISnapshotSource source) => loop.Add(ReplicaEvent.Captured(source));

    /// <inheritdoc/>
    void IApplyEvents.RestoreTaken() => loop.Add(ReplicaEvent.RestoreTaken());

    /// <inheritdoc/>
    void IApplyEvents.Restored() => loop.Add(ReplicaEvent.Restored());

    /// <inheritdoc/>
    void IApplyEvents.ApplyFailed(string cause) => fail(cause, null);

    /// <summary>Ends the thread after the request under way.</summary>
    public void Dispose()
    {
        stopping = true;
        inbox.Wake();
        thread.Join();
        work.Dispose();
    }

    private void Do(Action<ApplyWork> action) => inbox.Add(new Request(null, action));

    private void Run()
    {
        List<Request> taken = [];
        bool more = false;
        try
        {
            while (!stopping)
            {
                inbox.Wait(more ? 0 : Timeout.Infinite);
                inbox.Take(ref taken);
                foreach (Request request in taken)
                {
                    if (stopping)
                        break;
                    if (request.Batch is not null)
                        work.Apply(request.Batch);
                    else
                        request.Work!(work);
                }

                taken.Clear();
                more = !stopping && work.Idle();
            }
        }
        catch (Exception broken)
        {
            fail($"the state machine failed: {broken.Message}", broken); // outermost frame of this thread: the node stops
        }
    }

    private readonly record struct Request(ApplyBatch? Batch, Action<ApplyWork>? Work);
}
