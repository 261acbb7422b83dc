using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Quorate.Consensus;
using Quorate.Hosting;
using Quorate.KeyValue;
using Quorate.KeyValue.Commands;
using Quorate.Server.Flags;
using Quorate.Server.Http;
using Quorate.Server.Logging;
using Quorate.Server.Metrics;
using Quorate.Server.Rpc;
using Quorate.Server.Services;

namespace Quorate.Server;

/// <summary>One member, from its start to its stop: the composition root.</summary>
public sealed class ServerHost : IDisposable
{
    // Leadership is handed over within 500 ms; a second and a half from the signal the process is gone.
    private static readonly TimeSpan StopPatience = TimeSpan.FromMilliseconds(1200);

    private readonly ServerOptions options;
    private readonly ServerLoggerFactory logs;
    private readonly ILogger log;
    private readonly Bootstrap bootstrap;
    private readonly MemberState member;
    private readonly ServerMetrics metrics;
    private readonly CancellationTokenSource stopping = new();
    private readonly TaskCompletionSource<string> broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ClientApplication application;

    private ServerHost(ServerOptions options, ServerLoggerFactory logs)
    {
        this.options = options;
        this.logs = logs;
        log = logs.CreateLogger(typeof(ServerHost).FullName!);
        bootstrap = Bootstrap.Read(options);
        member = new MemberState(bootstrap.ClusterId, bootstrap.Self);
        metrics = new ServerMetrics(options);
        var unary = new Dictionary<string, UnaryHandler>();
        var streams = new Dictionary<string, StreamHandler>();
        var requester = new Requester(member);
        var limits = new RequestLimits(options.TransactionOperationsMax, options.RequestBytesMax);
        new KvService(member, requester, new SpaceQuota(member, options, log), limits).AddTo(unary, streams);
        new ClusterService(member, requester).AddTo(unary);
        new MaintenanceService(member, requester, options).AddTo(unary);
        new HealthService(member, stopping.Token).AddTo(unary, streams);
        var table = new RpcTable(unary, streams, () => member.IsLearner, () => member.HasLeader);
        application = new ClientApplication(
            new GrpcCalls(table, member, options, metrics, log), new HttpPages(member, metrics, table), log, cause => broken.TrySetResult(cause));
    }

    /// <summary>Runs a member until it is told to stop or cannot go on. What goes wrong is logged, in one line.</summary>
    /// <param name="options">How.</param>
    /// <param name="began">When the process was started, by <see cref="Stopwatch.GetTimestamp"/>.</param>
    /// <returns>The process's exit code.</returns>
    /// <exception cref="ConfigurationException">The log cannot be opened.</exception>
    public static async Task<int> RunAsync(ServerOptions options, long began)
    {
        bool colours = options.LogForPeople && !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null;
        using var logs = new ServerLoggerFactory(new LogSink(options.LogOutputs), options.LogLevel, options.LogForPeople, colours);
        ILogger log = logs.CreateLogger(typeof(ServerHost).FullName!);
        try
        {
            foreach (string warning in options.Warnings)
                log.Warn(warning);
            using var host = new ServerHost(options, logs);
            return await host.RunAsync(began);
        }
        catch (ConfigurationException refused)
        {
            log.Fatal(refused.Message);
            return refused.ExitCode;
        }
        catch (Exception cause) when (cause is NodeStartException or InvariantBrokenException or InvalidDataException)
        {
            log.Fatal(cause.Message);
            return 1;
        }
        catch (Exception unforeseen)
        {
            // The outermost frame: whoever runs the member gets a line, whoever looks for the mistake the rest.
            log.Trace(unforeseen.ToString());
            log.Fatal($"{unforeseen.GetType().Name}: {unforeseen.Message}");
            return 1;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => stopping.Dispose();

    private async Task<int> RunAsync(long began)
    {
        // What follows runs on the signal's own thread, not behind whatever the thread pool has to do first.
        var signal = new TaskCompletionSource<string>();
        using PosixSignalRegistration terminate = OnSignal(PosixSignal.SIGTERM, "terminated", signal);
        using PosixSignalRegistration interrupt = OnSignal(PosixSignal.SIGINT, "interrupt", signal);
        LogStart();
        using var listener = new ClientListener(options, logs);
        await listener.StartAsync(application, stopping.Token);
        await using QuorateNode node = await StartOrRejoinAsync();
        Task ready = BecomeReadyAsync(node, listener, began);
        Task first = await Task.WhenAny(signal.Task, node.Stopped, broken.Task, FaultOf(ready));
        if (first == signal.Task)
        {
            member.IsStopping = true; // first: whoever is told that the node has stopped is told why
            Task stopped = node.StopAsync(); // the hand-over is under way when it returns; all else can wait
            log.Signal(await signal.Task);
            await StopAsync(stopped, listener);
            log.Closed(options.Name, options.DataDirectory);
            return 0;
        }

        await FailFastAsync(listener);
        await ready;
        log.Fatal(broken.Task.IsCompleted ? await broken.Task : await node.Stopped ?? "the node has stopped");
        return 1;
    }

    private static PosixSignalRegistration OnSignal(PosixSignal signal, string name, TaskCompletionSource<string> told) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            told.TrySetResult(name);
        });

    private async Task<QuorateNode> StartOrRejoinAsync()
    {
        try
        {
            QuorateNode node = await StartNodeAsync(new KeyValueStore());
            if (options.Rejoin)
                log.Warn($"--rejoin: {options.DataDirectory} {Comeback.FoundBy(node)}");
            return node;
        }
        catch (NodeStartException damage) when (damage.IsDamaged && options.Rejoin && options.InitialCluster.Count > 1)
        {
            string aside = DamagedDirectory.SetAside(options.DataDirectory);
            log.Warn($"{damage.Message}; --rejoin: it was set aside as {aside}, and this member asks the others to take it back as a new instance");
            return await StartNodeAsync(new KeyValueStore());
        }
        catch (NodeStartException damage) when (damage.IsDamaged && options.InitialCluster.Count > 1)
        {
            throw new NodeStartException($"{damage.Message} (started with --rejoin it comes back as a new instance)", damage);
        }
    }

    private async Task<QuorateNode> StartNodeAsync(KeyValueStore machine)
    {
        QuorateNode node = await QuorateNode.StartAsync(
            bootstrap.NodeOptions(options) with { Observer = metrics.Disk },
            Engines.Of(bootstrap.Protocol.Engine),
            machine,
            logs.CreateLogger(typeof(QuorateNode).FullName!),
            stopping.Token);
        node.LeaderChanged += change =>
        {
            if (!change.Leader.IsNone)
                metrics.LeaderChanges.Increment();
        };
        member.Start(node, machine);
        log.Started(bootstrap.Self.ToString(), bootstrap.ClusterId.ToString("x"), node.Instance.ToString());
        return node;
    }

    /// <summary>Publishes this member's name and client URLs, and says that it is ready.</summary>
    private async Task BecomeReadyAsync(QuorateNode node, ClientListener listener, long began)
    {
        var publisher = new Publisher(node, bootstrap.Self, options, log);
        if (!await publisher.PublishAsync(stopping.Token))
            return;
        log.Published(bootstrap.Self.ToString(), options.Name, bootstrap.ClusterId.ToString("x"));
        log.Ready(options.Name, (long)Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        foreach (IPEndPoint where in listener.EndPoints)
            log.ServingInsecurely(where.ToString(), "grpc+http");
        if (options.Rejoin)
            await Comeback.BecomeVoterAsync(node, bootstrap.Self, log, stopping.Token);
    }

    /// <summary>Ends only when <paramref name="task"/> fails.</summary>
    private static async Task FaultOf(Task task)
    {
        await task;
        await Task.Delay(Timeout.Infinite);
    }

    private async Task StopAsync(Task nodeStopped, ClientListener listener)
    {
        using var patience = new CancellationTokenSource(StopPatience);
        Task closing = listener.StopAsync(patience.Token);
        await stopping.CancelAsync();
        await nodeStopped;
        // Answers of calls that have just ended may still leave.
        patience.CancelAfter(TimeSpan.FromMilliseconds(100));
        await closing;
    }

    private async Task FailFastAsync(ClientListener listener)
    {
        member.IsStopping = true;
        await stopping.CancelAsync();
        await listener.StopAsync(new CancellationToken(canceled: true));
    }

    private void LogStart() => log.Starting(
        ServerCommandLine.EtcdVersion,
        ServerCommandLine.QuorateVersion,
        options.Name,
        options.DataDirectory,
        bootstrap.HasData,
        bootstrap.Protocol.ToString(),
        options.HeartbeatMilliseconds,
        options.ElectionMilliseconds,
        options.ListenClientUrls.Select(u => u.Text),
        options.AdvertiseClientUrls.Select(u => u.Text),
        options.ListenPeerUrls.Select(u => u.Text),
        string.Join(',', options.InitialCluster.SelectMany(m => m.PeerUrls.Select(u => $"{m.Name}={u}"))),
        options.JoinsExisting ? "existing" : "new",
        options.ClusterToken,
        options.SnapshotCount,
        options.CatchUpEntries,
        options.QuotaBytes,
        "write-only");
}
