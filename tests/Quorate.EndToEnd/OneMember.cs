using System.Text.Json;
using Grpc.Net.Client;
using Xunit;

namespace Quorate.EndToEnd;

/// <summary>A running member that the tests of a class share.</summary>
/// <param name="engine">What it runs on.</param>
public class OneMember(string engine) : IAsyncLifetime
{
    private readonly TemporaryDirectory directory = new();
    private ServerProcess? process;

    /// <summary>What it runs on.</summary>
    public string Engine => engine;

    /// <summary>Where clients reach it, <c>host:port</c>.</summary>
    public string Endpoint { get; private set; } = "";

    /// <summary>A gRPC channel to it.</summary>
    public GrpcChannel Channel { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        process = ServerProcess.Start([
            "--name", "m1", "--data-dir", directory["m1"], "--listen-client-urls=http://127.0.0.1:0", "--advertise-client-urls=http://127.0.0.1:2379",
            "--listen-peer-urls=http://127.0.0.1:0", $"--consensus={engine}",
        ]);
        (JsonElement line, _) = await process.WaitForAsync("serving client traffic insecurely; this is strongly discouraged!");
        Endpoint = line.GetProperty("address").GetString()!;
        Channel = GrpcChannel.ForAddress($"http://{Endpoint}", new GrpcChannelOptions { MaxReceiveMessageSize = null, MaxSendMessageSize = null });
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Channel?.Dispose();
        process?.Dispose();
        directory.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

/// <summary>A running member on Raft.</summary>
public sealed class OneRaftMember() : OneMember("raft");

/// <summary>A running member on Multi-Paxos.</summary>
public sealed class OneMultiPaxosMember() : OneMember("multipaxos");
