using Quorate.Consensus;
using Quorate.Platform;
using Quorate.Replica;
using Quorate.Storage;
using Quorate.Transport;

namespace Quorate.Hosting;

/// <summary>The threads of one node and how they are wired: started once, stopped once.</summary>
internal sealed class NodeParts : IAsyncDisposable
{
    private static readonly GroupId Group = new(0);

    private const string NobodyTakesBack =
        "nobody can take this member back: no cluster has begun among its members yet; start it as a new member, in an empty directory";

    private readonly NodeOptions options;
    private readonly IConsensusEngine engine;
    private readonly IStateMachine machine;
    private readonly StorageOptions storageOptions;
    private readonly ChosenProtocol protocol;
    private readonly TaskCompletionSource<string?> failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string?> stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StorageThread? storage;
    private ApplyThread? apply;
    private LoopThread? loop;
    private PeerTransport? transport;
    private string? cause;

    public NodeParts(NodeOptions options, IConsensusEngine engine, IStateMachine machine, NodeLog log)
    {
        this.options = options;
        this.engine = engine;
        this.machine = machine;
        Log = log;
        Log.NobodyTakesBack = () => Fail(NobodyTakesBack, null);
        protocol = options.Protocol(engine);
        storageOptions = new StorageOptions
        {
            Identity = new StorageIdentity(options.ClusterId, options.Self, protocol.ToString(), options.Name),
            FirstConfiguration = options.FirstConfiguration,
            DirectoryName = options.DataDirectory,
            SegmentBytes = options.SegmentBytes,
            InstalledLog = engine.InstalledLog,
        };
        Callers = new NodeCallers(options.OpenRequestsMax);
        Board = new StatusBoard(change => LeaderChanged(change), () => ConfigurationChanged());
    }

    public NodeLog Log { get; }

    public NodeCallers Callers { get; }

    public LoopInbox Inbox { get; } = new();

    public StatusBoard Board { get; }

    public PeerTransport Transport => transport!;

    public InstanceId Instance { get; private set; }

    public uint StartCount { get; private set; }

    public Configuration FirstConfiguration { get; private set; } = Configuration.Empty;

    public Action<LeaderChange> LeaderChanged { get; set; } = static _ => { };

    public Action ConfigurationChanged { get; set; } = static () => { };

    /// <summary>Bytes of a command that the log can take.</summary>
    public int CommandBytesMax => Math.Min(options.CommandBytesMax, storageOptions.PayloadBytesMax - Origin.SizeBytes);

    /// <summary>Ends when the node cannot go on.</summary>
    public Task<string?> Failed => failed.Task;

    /// <summary>Ends when everything has stopped.</summary>
    public Task<string?> Stopped => stopped.Task;

    /// <summary>Opens the directory, restores the state, starts the loop and waits until the log is read.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        var time = new TickClock(new MonotonicClock(), options.TickNanoseconds);
        storage = new StorageThread(options.DataDirectory, storageOptions, options.HeartbeatMilliseconds, Inbox, options.Observer, Fail);
        apply = new ApplyThread(machine, Callers, Inbox, Fail);
        IStorage opened = await OpenAsync(cancellation).ConfigureAwait(false);
        Instance = opened.Instance;
        (StartCount, FirstConfiguration) = (opened.StartCount, opened.FirstConfiguration);
        SnapshotInfo checkpoint = await RestoreAsync(opened, cancellation).ConfigureAwait(false);

        var random = new SystemRandomBits();
        ReplicaOptions replica = options.ReplicaInTicks();
        var commands = new LockedBlockPool(64 << 20);
        Callers.Proposals = new ProposalIntake(
            new ProposalBatch(commands, Instance, StartCount), options.OpenRequestsMax, Wake);
        Callers.Reads = new ReadIntake(options.OpenRequestsMax, Wake);
        loop = new LoopThread(time, Inbox, Callers, new ProposalBatch(commands, Instance, StartCount), Board, Fail);
        var pool = new BlockPool();
        transport = Listen(random, pool);
        Inbox.Waker = transport.Wake;
        var start = new ReplicaStart(
            Group, options.Self, Instance, StartCount, opened.HardStateOf(Group), checkpoint, opened.Checkpoints.LatestBytes, time.Now, random.Next());
        var replicaLoop = new ReplicaLoop(
            start, replica, engine.Create(replica.Core), storage, storage, transport, apply, Callers, Log, pool);
        Board.Publish(replicaLoop, time.Now);
        loop.Start(replicaLoop, transport);
        storage.Recover(Group);

        await UnlessFailedAsync(Log.Recovered.Task, cancellation).ConfigureAwait(false);
    }

    /// <summary>Stops every thread, tells whoever waits, closes everything.</summary>
    public async ValueTask DisposeAsync() => await Task.Run(Stop).ConfigureAwait(false);

    private void Stop()
    {
        loop?.Stop();
        apply?.Dispose();
        storage?.Dispose();
        Callers.Close(); // from here on nobody wakes the loop: the transport's pipe may go
        transport?.Dispose();
        stopped.TrySetResult(cause);
    }

    private void Wake() => transport!.Wake();

    private void Fail(string why, Exception? exception)
    {
        if (Interlocked.CompareExchange(ref cause, why, null) is not null)
            return; // what follows from the first failure is not its cause
        Log.LogFatal(why, exception);
        failed.TrySetResult(why);
    }

    /// <summary>Waits for <paramref name="wanted"/>, or throws what made the node fail meanwhile.</summary>
    private async Task UnlessFailedAsync(Task wanted, CancellationToken cancellation)
    {
        Task ended = await Task.WhenAny(wanted, Failed).WaitAsync(cancellation).ConfigureAwait(false);
        if (ended == Failed)
            throw new NodeStartException($"{options.DataDirectory}: {await Failed.ConfigureAwait(false)}") { IsDamaged = storage!.IsDamaged };
        await wanted.ConfigureAwait(false);
    }

    private async Task<IStorage> OpenAsync(CancellationToken cancellation)
    {
        try
        {
            return await storage!.Opened.WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch (StorageRefusedException refused)
        {
            throw Refused(refused);
        }
    }

    private static NodeStartException Refused(StorageRefusedException refused) =>
        new(refused.Message, refused) { IsDamaged = refused.Kind == StorageRefusal.Damaged };

    private async Task<SnapshotInfo> RestoreAsync(IStorage opened, CancellationToken cancellation)
    {
        SnapshotInfo checkpoint = opened.Checkpoints.Latest;
        if (checkpoint.Index == LogIndex.Zero)
            return SnapshotInfo.Initial(opened.FirstConfiguration);
        try
        {
            using ISnapshotSink sink = machine.Restore();
            await UnlessFailedAsync(storage!.RestoreAsync(Group, sink), cancellation).ConfigureAwait(false);
            await UnlessFailedAsync(apply!.RunAsync(sink.Complete), cancellation).ConfigureAwait(false);
            return checkpoint;
        }
        catch (StorageRefusedException refused)
        {
            throw Refused(refused);
        }
        catch (InvalidDataException e)
        {
            // Each of its blocks is whole: a program of another release wrote it, or of another kind.
            throw new NodeStartException($"{options.DataDirectory}: the checkpoint cannot be restored: {e.Message}", e);
        }
    }

    private PeerTransport Listen(SystemRandomBits random, BlockPool pool)
    {
        var identity = new PeerIdentity(options.ClusterId, options.Self, Instance, StartCount, random.Next(), protocol.ToString());
        var transportOptions = new PeerTransportOptions
        {
            Self = identity,
            Listen = PeerAddresses.Listen(options.PeerListen),
            RejoinThrough = options.RejoinThrough.Members,
            AddressesOf = member => PeerAddresses.Of(member, options.PeerAddress),
            Seed = random.Next(),
        };
        try
        {
            return new PeerTransport(transportOptions, pool, new MonotonicClock(), loop!, Log);
        }
        catch (IOException busy)
        {
            throw new NodeStartException(busy.Message, busy);
        }
    }
}
