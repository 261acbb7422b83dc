using Quorate.Consensus;
using Quorate.Platform;

namespace Quorate.Simulation;

/// <summary>
/// A disk as one process sees it, on virtual time. What it holds lies in a <see cref="DiskImage"/>, which outlives the process: a new
/// process gets a new <see cref="SimulatedDisk"/> on the same image. Owner: one thread.
/// </summary>
public sealed class SimulatedDisk : IDisk, IScheduled
{
    private readonly VirtualTime time;
    private readonly Prng latency;
    private readonly Prng outcome; // of what fails or is cut short: how far it came
    private readonly List<SimulatedFile?> open = [];
    private readonly SortedDictionary<int, string> locks = [];
    private readonly List<InFlight?> inFlight = [];
    private readonly Stack<int> freeSlots = new();
    private bool ended;

    /// <summary>A process begins to use <paramref name="image"/>; <paramref name="seed"/> decides how long requests take.</summary>
    public SimulatedDisk(VirtualTime time, DiskImage image, ulong seed, DiskFaults? faults = null)
    {
        this.time = time;
        Image = image;
        latency = new Prng(seed);
        outcome = new Prng(~seed);
        Faults = faults ?? new DiskFaults();
    }

    /// <summary>What the disk holds.</summary>
    public DiskImage Image { get; }

    /// <summary>How it behaves.</summary>
    public DiskFaults Faults { get; }

    /// <summary>Told of each completed request before its waiter is; for trace and checkers.</summary>
    public Action<DiskRequest>? Observer { get; set; }

    /// <inheritdoc/>
    public void Submit(DiskRequest request)
    {
        Invariant.Check(!ended);
        int slot = freeSlots.TryPop(out int free) ? free : inFlight.Count;
        if (slot == inFlight.Count)
            inFlight.Add(null);
        InFlight operation = inFlight[slot] ?? new InFlight();
        inFlight[slot] = operation;
        operation.Request = request;
        operation.Sequence = SequenceOf(request);
        time.At(time.NowNanoseconds + LatencyOf(request.Operation), this, slot);
    }

    /// <summary>A request's time has come.</summary>
    void IScheduled.Fire(long argument)
    {
        if (ended)
            return;
        if (Faults.StalledUntilNanoseconds > time.NowNanoseconds)
        {
            time.At(Faults.StalledUntilNanoseconds, this, argument);
            return;
        }

        InFlight operation = inFlight[(int)argument]!;
        DiskRequest request = operation.Request!;
        operation.Request = null;
        freeSlots.Push((int)argument);
        request.Error = DiskError.None;
        request.Transferred = 0;
        request.Error = Execute(request, operation.Sequence);
        Observer?.Invoke(request);
        request.Waiter.Completed(request);
    }

    /// <summary>
    /// The process ends without warning. What it had submitted and not got back may have been done, in part, or not; what it wrote
    /// stays readable. Nothing completes any more.
    /// </summary>
    public void Kill()
    {
        if (ended)
            return;
        ended = true;
        foreach (InFlight? operation in inFlight)
        {
            if (operation?.Request is { } request)
                Abandon(request);
        }

        foreach (string path in locks.Values)
            Image.Locks.Remove(path);
    }

    private long LatencyOf(DiskOperation operation)
    {
        if (Faults.NamesMaxNanoseconds > 0 && IsOfNames(operation))
            return latency.Between(Faults.LatencyMinNanoseconds, Faults.NamesMaxNanoseconds);
        return operation is DiskOperation.Sync or DiskOperation.SyncDirectory
            ? latency.Between(Faults.SyncMinNanoseconds, Faults.SyncMaxNanoseconds)
            : latency.Between(Faults.LatencyMinNanoseconds, Faults.LatencyMaxNanoseconds);
    }

    private static bool IsOfNames(DiskOperation operation) => operation is DiskOperation.Open or DiskOperation.Create or DiskOperation.Rename
        or DiskOperation.Delete or DiskOperation.Link or DiskOperation.SyncDirectory;

    private void Abandon(DiskRequest request)
    {
        if (!outcome.Chance(1, 2))
            return;
        if (request.Content is not null)
            return; // its bytes go with the process that would have made them
        if (request.Operation == DiskOperation.Write && FileOf(request) is { } file
            && Image.Fits(Growth(file, request.Offset, request.Buffer.Length)))
            file.Write(request.Offset, request.Buffer.Span[..(int)outcome.Below((ulong)request.Buffer.Length + 1)]);
        else if (request.Operation is DiskOperation.Rename or DiskOperation.Delete or DiskOperation.Link or DiskOperation.SetLength)
            Execute(request, 0);
    }

    private long SequenceOf(DiskRequest request) => request.Operation switch
    {
        DiskOperation.Sync => FileOf(request)?.Sequence ?? 0,
        DiskOperation.SyncDirectory => (Image.Find(request.Path) as SimulatedDirectory)?.Sequence ?? 0,
        _ => 0,
    };

    private DiskError Execute(DiskRequest request, long sequence) => request.Operation switch
    {
        DiskOperation.Open => Open(request),
        DiskOperation.Create => Create(request),
        DiskOperation.Close => Close(request),
        DiskOperation.Read => Read(request),
        DiskOperation.Write => Write(request),
        DiskOperation.Sync => Sync(request, sequence),
        DiskOperation.SetLength => SetLength(request),
        DiskOperation.List => List(request),
        DiskOperation.Rename => Rename(request),
        DiskOperation.Delete => Delete(request),
        DiskOperation.Link => Link(request),
        DiskOperation.MakeDirectory => MakeDirectory(request),
        DiskOperation.SyncDirectory => SyncDirectory(request, sequence),
        DiskOperation.Lock => Lock(request),
        DiskOperation.FreeSpace => FreeSpace(request),
    };

    private DiskError Open(DiskRequest request)
    {
        if (Image.FindFile(request.Path, out SimulatedFile file) is not DiskError.None and var error)
            return error;
        Opened(request, file);
        return DiskError.None;
    }

    private DiskError Create(DiskRequest request)
    {
        (SimulatedDirectory? directory, string name) = Image.Locate(request.Path);
        if (directory is null)
            return DiskError.NotFound;
        if (name.Length == 0 || directory.Find(name) is not null)
            return DiskError.Exists;
        SimulatedFile file = Image.NewFile();
        directory.Set(name, file);
        Opened(request, file);
        return DiskError.None;
    }

    private void Opened(DiskRequest request, SimulatedFile file)
    {
        open.Add(file);
        request.File = new DiskFile(open.Count);
        request.Transferred = file.Length;
    }

    private DiskError Close(DiskRequest request)
    {
        open[request.File.Number - 1] = null;
        if (locks.Remove(request.File.Number, out string? path))
            Image.Locks.Remove(path);
        return DiskError.None;
    }

    private DiskError Read(DiskRequest request)
    {
        if (Faults.ReadsToFail > 0)
        {
            Faults.ReadsToFail--;
            Faults.Failed++;
            return DiskError.Device;
        }

        SimulatedFile file = OpenFile(request);
        if (!file.CanRead(request.Offset, request.Buffer.Length))
            return DiskError.Device;
        request.Transferred = file.Read(request.Offset, request.Buffer.Span);
        return DiskError.None;
    }

    private DiskError Write(DiskRequest request)
    {
        SimulatedFile file = OpenFile(request);
        Span<byte> room = request.Buffer.Span;
        ReadOnlySpan<byte> bytes = request.Content is { } content ? room[..content.Make(room)] : room;
        if (!Image.Fits(Growth(file, request.Offset, bytes.Length)))
            return DiskError.NoSpace;
        if (Faults.WritesToFail > 0)
        {
            Faults.WritesToFail--;
            Faults.Failed++;
            file.Write(request.Offset, bytes[..(int)outcome.Below((ulong)bytes.Length + 1)]);
            return DiskError.Device;
        }

        file.Write(request.Offset, bytes);
        request.Transferred = bytes.Length;
        return DiskError.None;
    }

    private DiskError Sync(DiskRequest request, long sequence)
    {
        SimulatedFile file = OpenFile(request);
        if (Faults.SyncsToFail > 0)
        {
            Faults.SyncsToFail--;
            Faults.Failed++;
            file.SyncFailed(outcome);
            return DiskError.Device;
        }

        if (!Faults.SyncsLie)
            file.Synced(sequence);
        return DiskError.None;
    }

    private DiskError SetLength(DiskRequest request)
    {
        SimulatedFile file = OpenFile(request);
        if (!Image.Fits(request.Offset - file.Length))
            return DiskError.NoSpace;
        file.SetLength(request.Offset);
        return DiskError.None;
    }

    private DiskError List(DiskRequest request)
    {
        if (Image.Find(request.Path) is not SimulatedDirectory directory)
            return DiskError.NotFound;
        request.Names = [.. directory.Names.Select(n => n.Key)];
        return DiskError.None;
    }

    private DiskError Rename(DiskRequest request)
    {
        (SimulatedDirectory? from, string fromName) = Image.Locate(request.Path);
        (SimulatedDirectory? to, string toName) = Image.Locate(request.Target);
        if (from?.Find(fromName) is not { } moved || to is null)
            return DiskError.NotFound;
        if (from == to)
        {
            if (fromName != toName)
                from.Rename(fromName, toName);
            return DiskError.None;
        }

        to.Set(toName, moved);
        from.Set(fromName, null);
        return DiskError.None;
    }

    private DiskError Delete(DiskRequest request)
    {
        (SimulatedDirectory? directory, string name) = Image.Locate(request.Path);
        if (directory?.Find(name) is SimulatedDirectory)
            return DiskError.Denied;
        if (directory?.Find(name) is not null)
            directory.Set(name, null);
        return DiskError.None;
    }

    private DiskError Link(DiskRequest request)
    {
        if (Image.FindFile(request.Path, out SimulatedFile file) is not DiskError.None and var error)
            return error;
        (SimulatedDirectory? to, string name) = Image.Locate(request.Target);
        if (to is null)
            return DiskError.NotFound;
        if (to.Find(name) is not null)
            return DiskError.Exists;
        to.Set(name, file);
        return DiskError.None;
    }

    private DiskError MakeDirectory(DiskRequest request)
    {
        (SimulatedDirectory? parent, string name) = Image.Locate(request.Path);
        if (name.Length == 0)
            return DiskError.None;
        if (parent is null)
            return DiskError.NotFound;
        if (parent.Find(name) is SimulatedFile)
            return DiskError.Exists;
        if (parent.Find(name) is null)
            parent.Set(name, new SimulatedDirectory());
        return DiskError.None;
    }

    private DiskError SyncDirectory(DiskRequest request, long sequence)
    {
        if (Image.Find(request.Path) is not SimulatedDirectory directory)
            return DiskError.NotFound;
        if (Faults.SyncsToFail > 0)
        {
            Faults.SyncsToFail--;
            Faults.Failed++;
            return DiskError.Device;
        }

        directory.Synced(sequence);
        return DiskError.None;
    }

    private DiskError Lock(DiskRequest request)
    {
        (SimulatedDirectory? directory, string name) = Image.Locate(request.Path);
        if (directory is null)
            return DiskError.NotFound;
        string path = request.Path.Trim('/');
        if (!Image.Locks.Add(path))
            return DiskError.Busy;
        if (directory.Find(name) is null)
            directory.Set(name, Image.NewFile());
        Opened(request, (SimulatedFile)directory.Find(name)!);
        locks.Add(request.File.Number, path);
        return DiskError.None;
    }

    private DiskError FreeSpace(DiskRequest request)
    {
        if (Image.Find(request.Path) is null)
            return DiskError.NotFound;
        request.Transferred = Image.FreeBytes;
        return DiskError.None;
    }

    private static long Growth(SimulatedFile file, long offset, int count) => offset + count - file.Length;

    private SimulatedFile? FileOf(DiskRequest request) =>
        request.File.Number >= 1 && request.File.Number <= open.Count ? open[request.File.Number - 1] : null;

    private SimulatedFile OpenFile(DiskRequest request)
    {
        SimulatedFile? file = FileOf(request);
        Invariant.Check(file is not null); // a closed handle is a fault of its user
        return file;
    }

    private sealed class InFlight
    {
        public DiskRequest? Request { get; set; }

        public long Sequence { get; set; }
    }
}
