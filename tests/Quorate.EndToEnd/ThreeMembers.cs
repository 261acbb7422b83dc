using System.Text.Json;
using Xunit;

namespace Quorate.EndToEnd;

/// <summary>Three members, started with etcd's own flags.</summary>
internal sealed class ThreeMembers(params string[] flags) : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly int[] ports = ServerProcess.FreePorts(6);
    private readonly ServerProcess?[] processes = new ServerProcess?[3];

    /// <summary>What they run on; null: the default, or what <see cref="ServerProcess.EngineVariable"/> names.</summary>
    public string? Engine { get; init; }

    /// <summary>Where members' data lies that does not lie with the others', by member.</summary>
    public Dictionary<int, string> Directories { get; } = [];

    /// <summary>All endpoints, for a client.</summary>
    public string Endpoints => string.Join(',', Enumerable.Range(0, 3).Select(Endpoint));

    /// <summary>Where clients reach a member.</summary>
    public string Endpoint(int member) => $"127.0.0.1:{ports[member]}";

    /// <summary>The data directory of a member.</summary>
    public string DirectoryOf(int member) => Directories.GetValueOrDefault(member) ?? directory[$"m{member + 1}"];

    /// <summary>The process of a member.</summary>
    public ServerProcess Process(int member) => processes[member] ?? throw new InvalidOperationException($"m{member + 1} does not run");

    /// <summary>Starts a member, again if need be.</summary>
    public void Start(int member, params string[] more)
    {
        processes[member]?.Dispose();
        processes[member] = ServerProcess.Start([.. Flags(member), .. Engine is null ? [] : (string[])[$"--consensus={Engine}"], .. flags, .. more]);
    }

    /// <summary>Starts a member with nothing said of its engine.</summary>
    public ServerProcess StartUnsaid(int member, params string[] more) => ServerProcess.StartUnsaid([.. Flags(member), .. flags, .. more]);

    private string[] Flags(int member)
    {
        string peer = $"http://127.0.0.1:{ports[3 + member]}";
        string client = $"http://{Endpoint(member)}";
        return
        [
            "--name", $"m{member + 1}", "--data-dir", DirectoryOf(member),
            "--listen-client-urls", client, "--advertise-client-urls", client,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
            "--initial-cluster", string.Join(',', Enumerable.Range(0, 3).Select(i => $"m{i + 1}=http://127.0.0.1:{ports[3 + i]}")),
            "--initial-cluster-token", "three", "--initial-cluster-state", "new",
        ];
    }

    /// <summary>Starts all and waits until each is ready.</summary>
    /// <returns>How long the slowest took.</returns>
    public async Task<TimeSpan> StartAllAsync()
    {
        for (int i = 0; i < 3; i++)
            Start(i);
        TimeSpan slowest = TimeSpan.Zero;
        for (int i = 0; i < 3; i++)
        {
            (_, TimeSpan after) = await Process(i).WaitForAsync("ready to serve client requests");
            slowest = after > slowest ? after : slowest;
        }

        return slowest;
    }

    /// <summary>A member's id, as etcdctl takes it.</summary>
    public async Task<string> IdAsync(int member)
    {
        using JsonDocument json = JsonDocument.Parse(await Etcdctl.RunAsync(Endpoint(member), "endpoint", "status", "-w", "json"));
        return $"{json.RootElement[0].GetProperty("Status").GetProperty("header").GetProperty("member_id").GetUInt64():x}";
    }

    /// <summary>Which member leads.</summary>
    public async Task<int> LeaderAsync()
    {
        using var patience = new CancellationTokenSource(ServerProcess.Patience);
        while (!patience.IsCancellationRequested)
        {
            for (int i = 0; i < 3; i++)
            {
                if (Process(i).HasExited)
                    continue;
                (int code, string output, _) = await Etcdctl.TryAsync(Endpoint(i), null, "endpoint", "status", "-w", "json");
                if (code != 0)
                    continue;
                using JsonDocument json = JsonDocument.Parse(output);
                JsonElement status = json.RootElement[0].GetProperty("Status");
                ulong self = status.GetProperty("header").GetProperty("member_id").GetUInt64();
                if (status.TryGetProperty("leader", out JsonElement leader) && leader.GetUInt64() == self)
                    return i;
            }
        }

        Assert.Fail("no leader was found");
        return -1;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ServerProcess? process in processes)
            process?.Dispose();
        directory.Dispose();
    }
}
