using System.Net;
using Grpc.Core;
using Grpc.Net.Client;
using Quorate.EndToEnd;
using Quorate.Protocol.Etcdserverpb;

namespace Quorate.Torture;

/// <summary>Three members as processes, a faulty network between them.</summary>
internal sealed class TortureCluster : IAsyncDisposable
{
    /// <summary>So many.</summary>
    public const int Size = 3;

    private static readonly string[] Grave = ["\"level\":\"error\"", "\"level\":\"dpanic\"", "\"level\":\"panic\"", "\"level\":\"fatal\""];

    // An address of this process's own: no outgoing connection of the machine takes a port of it while a member is down.
    private readonly IPAddress address = new([127, 77, (byte)(Environment.ProcessId >> 8), (byte)Environment.ProcessId]);
    private readonly TemporaryDirectory directory = new();
    private readonly int[] ports = ServerProcess.FreePorts(2 * Size);
    private readonly ServerProcess?[] processes = new ServerProcess?[Size];
    private readonly List<string>[] logs = [.. Enumerable.Range(0, Size).Select(_ => new List<string>())];
    private readonly GrpcChannel[] channels;
    private readonly string[] engineFlags;

    /// <summary>Makes the network; <see cref="StartAsync"/> starts the members.</summary>
    /// <param name="engine">What the members run on; null: the default, or what <see cref="ServerProcess.EngineVariable"/> names.</param>
    public TortureCluster(string? engine)
    {
        engineFlags = engine is null ? [] : [$"--consensus={engine}"];
        Network = new FaultNetwork(
            address, [.. Enumerable.Range(0, Size).Select(i => new IPEndPoint(address, ports[Size + i]))], () => [.. processes.Select(p => p?.Id ?? -1)]);
        channels = OpenChannels();
    }

    /// <summary>What lies between the members.</summary>
    public FaultNetwork Network { get; }

    /// <summary>The members that were started and have not been told to end.</summary>
    public IEnumerable<int> Running => Enumerable.Range(0, Size).Where(i => processes[i] is not null);

    /// <summary>A connection to each member, of a client's own.</summary>
    public GrpcChannel[] OpenChannels() =>
    [
        .. Enumerable.Range(0, Size).Select(i => GrpcChannel.ForAddress($"http://{address}:{ports[i]}", new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(1), UseProxy = false },
            DisposeHttpClient = true,
            InitialReconnectBackoff = TimeSpan.FromMilliseconds(50),
            MaxReconnectBackoff = TimeSpan.FromMilliseconds(200),
        })),
    ];

    /// <summary>Starts all and waits until each is ready.</summary>
    public async Task StartAsync()
    {
        for (int i = 0; i < Size; i++)
            Start(i);
        await ReadyAsync();
    }

    /// <summary>Starts a member, again if need be.</summary>
    public void Start(int member)
    {
        if (processes[member] is not null)
            throw new InvalidOperationException($"m{member + 1} runs already");
        string client = $"http://{address}:{ports[member]}";
        processes[member] = ServerProcess.Start([
            "--name", $"m{member + 1}", "--data-dir", directory[$"m{member + 1}"],
            "--listen-client-urls", client, "--advertise-client-urls", client,
            "--listen-peer-urls", $"http://{address}:{ports[Size + member]}",
            "--initial-advertise-peer-urls", $"http://{Network.AddressOf(member)}",
            "--initial-cluster", string.Join(',', Enumerable.Range(0, Size).Select(i => $"m{i + 1}=http://{Network.AddressOf(i)}")),
            "--initial-cluster-token", "torture", "--initial-cluster-state", "new", .. engineFlags,
        ]);
    }

    /// <summary>Waits until every member that runs is ready.</summary>
    public async Task ReadyAsync()
    {
        foreach (int member in Running)
            await processes[member]!.WaitForAsync("ready to serve client requests");
    }

    /// <summary>Kills a member, kill -9.</summary>
    public async Task KillAsync(int member)
    {
        ServerProcess process = Take(member);
        await process.KillAsync();
        Bury(member, process);
    }

    /// <summary>Tells a member to stop, and waits until it has.</summary>
    public async Task StopAsync(int member)
    {
        ServerProcess process = Take(member);
        process.Signal("TERM");
        int code = await process.WaitForExitAsync();
        Bury(member, process);
        if (code != 0)
            throw new RoundFailedException($"m{member + 1}, told to stop, ended with code {code}");
    }

    /// <summary>Stops a member's every thread where it is.</summary>
    public void Pause(int member) => processes[member]!.Signal("STOP");

    /// <summary>Lets it go on.</summary>
    public void Resume(int member) => processes[member]?.Signal("CONT");

    /// <summary>Which member says that it leads; null when none does within a second.</summary>
    public async Task<int?> LeaderAsync()
    {
        Task<bool>[] asked = [.. Enumerable.Range(0, Size).Select(LeadsAsync)];
        bool[] leads = await Task.WhenAll(asked);
        int leader = Array.IndexOf(leads, true);
        return leader < 0 ? null : leader;
    }

    /// <summary>What no member may have done, whatever befell it: to end by itself, or to log an error.</summary>
    public IEnumerable<string> Misdeeds()
    {
        foreach (int member in Running)
        {
            if (processes[member]!.HasExited)
                yield return EndedByItself(member, processes[member]!);
        }

        for (int i = 0; i < Size; i++)
        {
            foreach (string line in LogOf(i).Where(l => !l.StartsWith('{') || Grave.Any(g => l.Contains(g, StringComparison.Ordinal))))
                yield return $"m{i + 1}: {line}";
        }
    }

    /// <summary>All that a member has logged, in all its lives.</summary>
    public IEnumerable<string> LogOf(int member) => logs[member].Concat(processes[member]?.Lines ?? []);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (GrpcChannel channel in channels)
            channel.Dispose();
        await Network.DisposeAsync(); // first: it asks for the ids of processes, which they lose when they are disposed of
        foreach (ServerProcess? process in processes)
            process?.Dispose();
        directory.Dispose();
    }

    private async Task<bool> LeadsAsync(int member)
    {
        try
        {
            StatusResponse status = await new Maintenance.MaintenanceClient(channels[member]).StatusAsync(
                new StatusRequest(), deadline: DateTime.UtcNow.AddSeconds(1));
            return status.Leader == status.Header.MemberId;
        }
        catch (RpcException)
        {
            return false; // dead, paused or not ready: whoever does not answer is not known to lead
        }
    }

    private ServerProcess Take(int member)
    {
        ServerProcess process = processes[member] ?? throw new InvalidOperationException($"m{member + 1} does not run");
        if (process.HasExited)
            throw new RoundFailedException(EndedByItself(member, process));
        processes[member] = null;
        return process;
    }

    private static string EndedByItself(int member, ServerProcess process) =>
        $"m{member + 1} has ended by itself: {(process.Lines is [.., var last] ? last : "it said nothing")}";

    private void Bury(int member, ServerProcess process)
    {
        process.Dispose(); // waits for the end of its output
        logs[member].AddRange(process.Lines);
    }
}
