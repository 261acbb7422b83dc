using System.Runtime.InteropServices;

namespace Quorate.Platform;

/// <summary>
/// The machine's disk (Linux). A request is carried out when it is submitted and completes in the next <see cref="RunCompleted"/>, in the
/// order of submission; requests marked <see cref="DiskRequest.Background"/> are carried out by a thread of their own, in order among
/// themselves. Files are made with mode 0600, directories with 0700.
/// Owner: the storage thread, which submits and runs completions; only <c>wake</c> is called from the background thread.
/// </summary>
public sealed class RealDisk : IDisk, IDisposable
{
    private readonly string root;
    private readonly Queue<DiskRequest> completed = new();
    private readonly BackgroundWork background;
    private readonly HashSet<int> open = [];

    /// <summary>The disk as seen from directory <paramref name="root"/>.</summary>
    /// <param name="root">Where relative paths begin; made by <see cref="DiskOperation.MakeDirectory"/> of the empty path.</param>
    /// <param name="wake">Called, from another thread, when a background request has ended: the owner should run completions.</param>
    public RealDisk(string root, Action? wake = null)
    {
        this.root = Path.GetFullPath(root);
        background = new BackgroundWork(Execute, wake);
    }

    /// <summary>Whether <see cref="RunCompleted"/> has something to deliver.</summary>
    public bool HasCompleted => completed.Count > 0 || background.HasNews;

    /// <inheritdoc/>
    public void Submit(DiskRequest request)
    {
        request.Error = DiskError.None;
        request.Transferred = 0;
        if (request.Background)
        {
            background.Add(request);
            return;
        }

        Execute(request);
        completed.Enqueue(request);
    }

    /// <summary>
    /// Delivers what had completed when it was called. What that leads to waits for the next call, so that the owner can
    /// look at its own queue in between.
    /// </summary>
    /// <returns>How many were delivered.</returns>
    /// <remarks>Throws what an <see cref="IDiskContent"/> threw in the background: whatever broke there breaks its owner.</remarks>
    public int RunCompleted()
    {
        background.ThrowIfBroken();
        while (background.TryTake(out DiskRequest? request))
            completed.Enqueue(request);
        int count = completed.Count;
        for (int i = 0; i < count; i++)
        {
            DiskRequest request = completed.Dequeue();
            request.Waiter.Completed(request);
        }

        return count;
    }

    /// <summary>Ends the background thread and closes every file still open, which also gives the lock back.</summary>
    public void Dispose()
    {
        background.Dispose();
        foreach (int file in open)
            _ = Libc.Close(file); // nothing is owed to a file that nobody synced
        open.Clear();
    }

    private void Execute(DiskRequest request) => request.Error = request.Operation switch
    {
        DiskOperation.Open => OpenFile(request, Libc.ReadWrite),
        DiskOperation.Create => OpenFile(request, Libc.ReadWrite | Libc.Create | Libc.Exclusive),
        DiskOperation.Close => CloseFile(request.File.Number),
        DiskOperation.Read => Read(request),
        DiskOperation.Write => Write(request),
        DiskOperation.Sync => Result(Libc.SyncData(request.File.Number)), // never tried again: the kernel may have dropped the pages
        DiskOperation.SetLength => SetLength(request),
        DiskOperation.List => List(request),
        DiskOperation.Rename => Result(Libc.Rename(Full(request.Path), Full(request.Target))),
        DiskOperation.Delete => Delete(request),
        DiskOperation.Link => Result(Libc.Link(Full(request.Path), Full(request.Target))),
        DiskOperation.MakeDirectory => MakeDirectory(Full(request.Path)),
        DiskOperation.SyncDirectory => SyncDirectory(Full(request.Path)),
        DiskOperation.Lock => Lock(request),
        DiskOperation.FreeSpace => FreeSpace(request),
    };

    private string Full(string path) => Path.Combine(root, path);

    private DiskError OpenFile(DiskRequest request, int flags)
    {
        DiskError error = OpenPath(Full(request.Path), flags, out int file);
        if (error != DiskError.None)
            return error;
        request.File = new DiskFile(file);
        request.Transferred = Libc.Seek(file, 0, 2);
        return request.Transferred < 0 ? LastError() : DiskError.None;
    }

    private DiskError OpenPath(string path, int flags, out int file)
    {
        do
            file = Libc.Open(path, flags | Libc.CloseOnExec, 0x180 /* 0600 */);
        while (file < 0 && WasInterrupted());
        if (file < 0)
            return LastError();
        lock (open)
            open.Add(file);
        return DiskError.None;
    }

    private DiskError CloseFile(int file)
    {
        lock (open)
            open.Remove(file);
        // Linux closes the file even where close is interrupted: never again, the number may be another file's by then.
        return Libc.Close(file) == 0 || WasInterrupted() ? DiskError.None : LastError();
    }

    private static unsafe DiskError Read(DiskRequest request)
    {
        fixed (byte* start = request.Buffer.Span)
        {
            while (request.Transferred < request.Buffer.Length)
            {
                nint count = Libc.Read(
                    request.File.Number,
                    start + request.Transferred,
                    (nint)(request.Buffer.Length - request.Transferred),
                    request.Offset + request.Transferred);
                if (count == 0)
                    return DiskError.None;
                if (count > 0)
                    request.Transferred += count;
                else if (!WasInterrupted())
                    return LastError();
            }
        }

        return DiskError.None;
    }

    private static unsafe DiskError Write(DiskRequest request)
    {
        Span<byte> bytes = request.Buffer.Span;
        if (request.Content is { } content)
            bytes = bytes[..content.Make(bytes)];
        fixed (byte* start = bytes)
        {
            while (request.Transferred < bytes.Length)
            {
                nint count = Libc.Write(
                    request.File.Number,
                    start + request.Transferred,
                    (nint)(bytes.Length - request.Transferred),
                    request.Offset + request.Transferred);
                if (count > 0)
                    request.Transferred += count;
                else if (count == 0)
                    return DiskError.Device;
                else if (!WasInterrupted())
                    return LastError();
            }
        }

        return DiskError.None;
    }

    private static DiskError SetLength(DiskRequest request)
    {
        int result;
        do
            result = Libc.SetLength(request.File.Number, request.Offset);
        while (result != 0 && WasInterrupted());
        return Result(result);
    }

    private DiskError List(DiskRequest request)
    {
        try
        {
            string[] names = [.. Directory.EnumerateFileSystemEntries(Full(request.Path)).Select(p => Path.GetFileName(p)!)];
            Array.Sort(names, StringComparer.Ordinal);
            request.Names = names;
            return DiskError.None;
        }
        catch (DirectoryNotFoundException)
        {
            return DiskError.NotFound;
        }
        catch (UnauthorizedAccessException)
        {
            return DiskError.Denied;
        }
        catch (IOException)
        {
            return DiskError.Device;
        }
    }

    private DiskError Delete(DiskRequest request)
    {
        DiskError error = Result(Libc.Unlink(Full(request.Path)));
        return error == DiskError.NotFound ? DiskError.None : error;
    }

    private DiskError MakeDirectory(string path)
    {
        // Parents of the root are nobody's to sync but ours, so each name is made durable here, one that somebody else has just made, too.
        string parent = Path.GetDirectoryName(path) ?? "/";
        if (Directory.Exists(path))
            return SyncDirectory(parent, isOthers: true);
        DiskError error = MakeDirectory(parent);
        if (error == DiskError.None)
            error = Result(Libc.MakeDirectory(path, 0x1C0 /* 0700 */));
        if (error == DiskError.Exists && Directory.Exists(path))
            error = DiskError.None;
        return error == DiskError.None ? SyncDirectory(parent) : error;
    }

    /// <param name="path">The directory.</param>
    /// <param name="isOthers">Whoever made what is in it has synced it, where that cannot be done here: it is not permitted, or that file system cannot.</param>
    private DiskError SyncDirectory(string path, bool isOthers = false)
    {
        DiskError error = OpenPath(path, Libc.ReadOnly, out int file);
        if (error == DiskError.Denied && isOthers)
            return DiskError.None;
        if (error != DiskError.None)
            return error;
        error = Result(Libc.SyncAll(file));
        if (isOthers && Marshal.GetLastPInvokeError() == Libc.InvalidArgument)
            error = DiskError.None;
        DiskError closed = CloseFile(file);
        return error != DiskError.None ? error : closed;
    }

    private DiskError Lock(DiskRequest request)
    {
        DiskError error = OpenPath(Full(request.Path), Libc.ReadWrite | Libc.Create, out int file);
        if (error != DiskError.None)
            return error;
        request.File = new DiskFile(file);
        int result;
        do
            result = Libc.Lock(file, Libc.LockExclusive | Libc.LockNonBlocking);
        while (result != 0 && WasInterrupted());
        if (result == 0)
            return DiskError.None;
        error = Marshal.GetLastPInvokeError() == Libc.TryAgain ? DiskError.Busy : LastError();
        CloseFile(file);
        return error;
    }

    private unsafe DiskError FreeSpace(DiskRequest request)
    {
        // struct statvfs: f_bsize, f_frsize, f_blocks, f_bfree, f_bavail, ... as 64-bit words.
        ulong* status = stackalloc ulong[16];
        DiskError error = Result(Libc.FileSystem(Full(request.Path), status));
        if (error == DiskError.None)
            request.Transferred = (long)Math.Min(status[1] * status[4], long.MaxValue);
        return error;
    }

    private static bool WasInterrupted() => Marshal.GetLastPInvokeError() == Libc.Interrupted;

    private static DiskError Result(int result) => result == 0 ? DiskError.None : LastError();

    private static DiskError LastError() => Marshal.GetLastPInvokeError() switch
    {
        Libc.NoEntry or Libc.NotDirectory => DiskError.NotFound,
        Libc.Exists => DiskError.Exists,
        Libc.NoSpace or Libc.QuotaExceeded => DiskError.NoSpace,
        Libc.ReadOnlyFileSystem => DiskError.ReadOnly,
        Libc.AccessDenied or Libc.NotPermitted => DiskError.Denied,
        _ => DiskError.Device,
    };
}
