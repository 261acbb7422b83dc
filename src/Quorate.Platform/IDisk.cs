namespace Quorate.Platform;

/// <summary>
/// A disk. It takes requests and completes each once, later, by <see cref="IDiskWaiter.Completed"/>, never from within
/// <see cref="Submit"/>. Requests on one file may overtake each other unless one waits for the other: who needs an order waits.
/// Owner: one thread, the storage thread; the simulator's only one.
/// </summary>
public interface IDisk
{
    /// <summary>Hands a request over. Its fields must not be touched until it completes.</summary>
    void Submit(DiskRequest request);
}

/// <summary>Is told of completed requests, on the thread that owns the disk.</summary>
public interface IDiskWaiter
{
    /// <summary><paramref name="request"/> has ended; its results are set.</summary>
    void Completed(DiskRequest request);
}
