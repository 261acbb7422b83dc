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

/// <summary>Bytes that are made when they are written: work for whoever carries the request out, and not for the disk's owner.</summary>
public interface IDiskContent
{
    /// <summary>
    /// Puts the next bytes at the front of <paramref name="into"/>. Called once for a request, on the thread that carries it out.
    /// </summary>
    /// <returns>How many; fewer than fit: they are the last.</returns>
    int Make(Span<byte> into);
}

/// <summary>Is told of completed requests, on the thread that owns the disk.</summary>
public interface IDiskWaiter
{
    /// <summary><paramref name="request"/> has ended; its results are set.</summary>
    void Completed(DiskRequest request);
}
