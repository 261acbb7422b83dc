using Quorate.Platform;

namespace Quorate.Storage.Jobs;

/// <summary>
/// The one request of a runner's jobs, filled in for each step: <c>yield return calls.Sync(file); calls.Expect("...");</c>.
/// </summary>
internal sealed class DiskCalls
{
    private readonly DiskRequest request;

    /// <param name="waiter">The runner.</param>
    /// <param name="background">Whether its requests may be carried out beside others.</param>
    public DiskCalls(IDiskWaiter waiter, bool background) => request = new DiskRequest(waiter) { Background = background };

    public DiskError Error => request.Error;

    public DiskFile File => request.File;

    public long Transferred => request.Transferred;

    public string[] Names => request.Names;

    public DiskRequest Open(string path) => Named(DiskOperation.Open, path);

    public DiskRequest Create(string path) => Named(DiskOperation.Create, path);

    public DiskRequest Close(DiskFile file) => OnFile(DiskOperation.Close, file, 0, default);

    public DiskRequest Read(DiskFile file, long offset, Memory<byte> into) => OnFile(DiskOperation.Read, file, offset, into);

    public DiskRequest Write(DiskFile file, long offset, Memory<byte> from) => OnFile(DiskOperation.Write, file, offset, from);

    /// <summary>Writes what <paramref name="content"/> makes in <paramref name="room"/> once it is carried out.</summary>
    public DiskRequest Write(DiskFile file, long offset, Memory<byte> room, IDiskContent content)
    {
        OnFile(DiskOperation.Write, file, offset, room);
        request.Content = content;
        return request;
    }

    public DiskRequest SetLength(DiskFile file, long length) => OnFile(DiskOperation.SetLength, file, length, default);

    public DiskRequest Sync(DiskFile file) => OnFile(DiskOperation.Sync, file, 0, default);

    public DiskRequest List(string path) => Named(DiskOperation.List, path);

    public DiskRequest Rename(string path, string target) => Named(DiskOperation.Rename, path, target);

    public DiskRequest Delete(string path) => Named(DiskOperation.Delete, path);

    public DiskRequest MakeDirectory(string path) => Named(DiskOperation.MakeDirectory, path);

    public DiskRequest SyncDirectory(string path) => Named(DiskOperation.SyncDirectory, path);

    public DiskRequest Lock(string path) => Named(DiskOperation.Lock, path);

    public DiskRequest FreeSpace() => Named(DiskOperation.FreeSpace, "");

    /// <summary>A request whose only use is its completion: an answer must not come from within the call that asks.</summary>
    public DiskRequest Later() => FreeSpace();

    /// <summary>Goes on only if the last request succeeded.</summary>
    /// <exception cref="DiskFaultException">It did not; <paramref name="what"/> says what it was for.</exception>
    public void Expect(string what)
    {
        if (request.Error != DiskError.None)
            throw new DiskFaultException(request.Error, $"{what}: {DiskFaultException.Spell(request.Error)}");
    }

    private DiskRequest Named(DiskOperation operation, string path, string target = "")
    {
        request.Operation = operation;
        request.Path = path;
        request.Target = target;
        request.Buffer = default;
        request.Content = null;
        return request;
    }

    private DiskRequest OnFile(DiskOperation operation, DiskFile file, long offset, Memory<byte> buffer)
    {
        request.Operation = operation;
        request.File = file;
        request.Offset = offset;
        request.Buffer = buffer;
        request.Content = null;
        return request;
    }
}
