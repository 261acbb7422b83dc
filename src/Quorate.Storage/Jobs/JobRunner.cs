using Quorate.Platform;

namespace Quorate.Storage.Jobs;

/// <summary>
/// Runs slow work as iterators: each step ends by yielding one disk request, or null to be parked until <see cref="Wake"/>. One job at a
/// time, first come first served. Owner: the storage thread.
/// </summary>
internal sealed class JobRunner(IDisk disk) : IDiskWaiter
{
    private readonly Queue<Job> waiting = new();
    private Job? current;
    private bool parked;
    private bool stepping;

    /// <summary>Whether a job is under way or waits.</summary>
    public bool IsBusy => current is not null || waiting.Count > 0;

    /// <summary>Queues a job; its first step may run at once.</summary>
    public void Add(IEnumerable<DiskRequest?> steps, Action<DiskFaultException> failed)
    {
        waiting.Enqueue(new Job(steps.GetEnumerator(), failed));
        if (current is null)
            Step();
    }

    /// <summary>What a parked job waits for may have come.</summary>
    public void Wake()
    {
        if (!parked)
            return;
        parked = false;
        Step();
    }

    /// <inheritdoc/>
    public void Completed(DiskRequest request) => Step();

    private void Step()
    {
        if (stepping)
            return; // a job asked for another: the loop below gets to it
        stepping = true;
        DiskRequest? request = Next();
        stepping = false;
        if (request is not null)
            disk.Submit(request);
    }

    /// <summary>Advances jobs until one yields.</summary>
    private DiskRequest? Next()
    {
        while (current is not null || waiting.TryDequeue(out current))
        {
            Job job = current;
            try
            {
                if (job.Steps.MoveNext())
                {
                    parked = job.Steps.Current is null;
                    return job.Steps.Current;
                }

                current = null;
                job.Steps.Dispose();
            }
            catch (DiskFaultException fault)
            {
                current = null;
                job.Steps.Dispose();
                job.Failed(fault);
            }
        }

        return null;
    }

    private sealed record Job(IEnumerator<DiskRequest?> Steps, Action<DiskFaultException> Failed);
}
