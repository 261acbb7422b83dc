using System.Diagnostics;
using Quorate.Platform;

namespace Quorate.Hosting;

/// <summary>
/// Times what a disk does. It carries requests out as they are submitted, so that is what is timed; those in the background, which nobody waits for,
/// are not. Storage thread.
/// </summary>
internal sealed class TimedDisk(RealDisk disk, INodeObserver observer) : IDisk
{
    /// <inheritdoc/>
    public void Submit(DiskRequest request)
    {
        if (request.Background)
        {
            disk.Submit(request);
            return;
        }

        // The request may be its owner's again once it was submitted.
        DiskOperation operation = request.Operation;
        int bytes = request.Buffer.Length;
        long began = Stopwatch.GetTimestamp();
        disk.Submit(request);
        if (operation == DiskOperation.Sync)
            observer.Synced(Stopwatch.GetElapsedTime(began));
        else if (operation == DiskOperation.Write)
            observer.Wrote(bytes, Stopwatch.GetElapsedTime(began));
    }
}
