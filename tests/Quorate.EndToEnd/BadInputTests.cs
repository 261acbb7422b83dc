using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Xunit;

namespace Quorate.EndToEnd;

/// <summary>What cannot work is refused in one line that names the cause, and nothing is lost.</summary>
public sealed class BadInputTests
{
    private static readonly string[] AnyPorts =
        ["--listen-client-urls=http://127.0.0.1:0", "--advertise-client-urls=http://127.0.0.1:2379", "--listen-peer-urls=http://127.0.0.1:0"];

    private static async Task<string> RefusedAsync(int code, params string[] arguments)
    {
        using var process = ServerProcess.Start(arguments);
        Assert.Equal(code, await process.WaitForExitAsync());
        Assert.DoesNotContain(process.Lines, l => l.Contains("   at ", StringComparison.Ordinal) || l.Contains("Unhandled", StringComparison.Ordinal));
        return process.Lines[^1];
    }

    /// <summary>Starts, is refused after it has begun to log, and says why in its last line.</summary>
    private static async Task<string> FatalAsync(params string[] arguments)
    {
        string last = await RefusedAsync(1, arguments);
        using JsonDocument json = JsonDocument.Parse(last);
        Assert.Equal("fatal", json.RootElement.GetProperty("level").GetString());
        return json.RootElement.GetProperty("msg").GetString()!;
    }

    [Theory]
    [InlineData(2, "unknown flag --nonsense", "--nonsense")]
    [InlineData(1, "stray argument 'true'", "--pre-vote", "true")]
    [InlineData(2, "--heartbeat-interval: abc", "--heartbeat-interval=abc")]
    [InlineData(1, "must be at least 5 times", "--heartbeat-interval=500", "--election-timeout=1000")]
    [InlineData(1, "does not name this member, b", "--name=b", "--initial-cluster=a=http://127.0.0.1:1")]
    [InlineData(1, "must be an IP address or localhost", "--listen-client-urls=http://example.com:2379", "--advertise-client-urls=http://a:1")]
    [InlineData(1, "--cert-file: this part of etcd is not built yet", "--cert-file=x")]
    [InlineData(1, "config file /nonexistent", "--config-file=/nonexistent")]
    [InlineData(1, "--advertise-client-urls is required", "--listen-client-urls=http://127.0.0.1:1")]
    [InlineData(2, "unknown command or option 'nonsense'", "nonsense")]
    public async Task Command_lines(int code, string cause, params string[] arguments) =>
        Assert.Contains(cause, await RefusedAsync(code, arguments), StringComparison.Ordinal);

    [Fact]
    public async Task A_busy_client_port()
    {
        using var directory = new TemporaryDirectory();
        using var busy = new TcpListener(IPAddress.Loopback, 0);
        busy.Start();
        string url = $"http://127.0.0.1:{((IPEndPoint)busy.LocalEndpoint).Port}";
        string cause = await FatalAsync(
            "--data-dir", directory["m1"], $"--listen-client-urls={url}", $"--advertise-client-urls={url}", "--listen-peer-urls=http://127.0.0.1:0");
        Assert.Contains(url, cause, StringComparison.Ordinal);
        Assert.Contains("in use", cause, StringComparison.Ordinal);
        Assert.False(Directory.Exists(directory["m1"]));
    }

    [Fact]
    public async Task A_busy_peer_port()
    {
        using var directory = new TemporaryDirectory();
        using var busy = new TcpListener(IPAddress.Loopback, 0);
        busy.Start();
        int port = ((IPEndPoint)busy.LocalEndpoint).Port;
        string cause = await FatalAsync(["--data-dir", directory["m1"], .. AnyPorts[..2], $"--listen-peer-urls=http://127.0.0.1:{port}"]);
        Assert.Contains($"{port}", cause, StringComparison.Ordinal);
    }

    [Theory, EachEngine]
    public async Task A_directory_in_use(string engine)
    {
        using var directory = new TemporaryDirectory();
        using var first = ServerProcess.Start(["--data-dir", directory["m1"], $"--consensus={engine}", .. AnyPorts]);
        await first.WaitForAsync("ready to serve client requests");
        string cause = await FatalAsync(["--data-dir", directory["m1"], $"--consensus={engine}", .. AnyPorts]);
        Assert.Contains(directory["m1"], cause, StringComparison.Ordinal);
        Assert.False(first.HasExited);
    }

    [Theory, EachEngine]
    public async Task A_directory_of_another_member_or_cluster(string engine)
    {
        using var directory = new TemporaryDirectory();
        using (var first = ServerProcess.Start(["--data-dir", directory["m1"], $"--consensus={engine}", .. AnyPorts]))
        {
            await first.WaitForAsync("ready to serve client requests");
            first.Signal("TERM");
            Assert.Equal(0, await first.WaitForExitAsync());
        }

        string cause = await FatalAsync(["--data-dir", directory["m1"], "--initial-cluster-token=another", $"--consensus={engine}", .. AnyPorts]);
        Assert.Contains(directory["m1"], cause, StringComparison.Ordinal);
        using var again = ServerProcess.Start(["--data-dir", directory["m1"], $"--consensus={engine}", .. AnyPorts]);
        await again.WaitForAsync("ready to serve client requests");
    }

    [Fact]
    public async Task A_directory_of_etcd()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(Path.Combine(directory["m1"], "member", "wal"));
        string cause = await FatalAsync(["--data-dir", directory["m1"], .. AnyPorts]);
        Assert.Contains("data directory of etcd", cause, StringComparison.Ordinal);
        Assert.Equal([Path.Combine(directory["m1"], "member")], Directory.GetFileSystemEntries(directory["m1"]));
    }

    [Fact]
    public async Task A_directory_that_cannot_be_made()
    {
        string cause = await FatalAsync(["--data-dir", "/proc/quorate", .. AnyPorts]);
        Assert.Contains("/proc/quorate", cause, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_where_the_directory_should_be()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory["m1"], "mine", TestContext.Current.CancellationToken);
        foreach (string path in (string[])[directory["m1"], Path.Combine(directory["m1"], "below")])
        {
            string cause = await FatalAsync(["--data-dir", path, .. AnyPorts]);
            Assert.Contains($"{directory["m1"]} is a file", cause, StringComparison.Ordinal);
        }

        Assert.Equal("mine", await File.ReadAllTextAsync(directory["m1"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_peer_address_of_another_machine()
    {
        using var directory = new TemporaryDirectory();
        string cause = await FatalAsync(["--data-dir", directory["m1"], .. AnyPorts[..2], "--listen-peer-urls=http://192.0.2.1:2380"]);
        Assert.Contains("192.0.2.1:2380", cause, StringComparison.Ordinal);
    }

    [Theory, EachEngine]
    public async Task A_directory_of_a_newer_format(string engine)
    {
        using var directory = new TemporaryDirectory();
        using (var first = ServerProcess.Start(["--data-dir", directory["m1"], $"--consensus={engine}", .. AnyPorts]))
        {
            await first.WaitForAsync("ready to serve client requests");
            await first.KillAsync();
        }

        string path = Path.Combine(directory["m1"], "identity");
        byte[] identity = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        foreach (int copy in (int[])[0, 4096])
        {
            BinaryPrimitives.WriteUInt32LittleEndian(identity.AsSpan(copy + 8), 99);
            BinaryPrimitives.WriteUInt32LittleEndian(identity.AsSpan(copy + 4092), Crc32COf(identity.AsSpan(copy, 4092)));
        }

        await File.WriteAllBytesAsync(path, identity, TestContext.Current.CancellationToken);
        string cause = await FatalAsync(["--data-dir", directory["m1"], $"--consensus={engine}", .. AnyPorts]);
        Assert.Contains(directory["m1"], cause, StringComparison.Ordinal);
        Assert.Contains("format 99", cause, StringComparison.Ordinal);
        Assert.Equal(identity, await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken));
    }

    private static uint Crc32COf(ReadOnlySpan<byte> bytes)
    {
        uint crc = ~0u;
        foreach (byte each in bytes)
            crc = System.Numerics.BitOperations.Crc32C(crc, each);
        return ~crc;
    }

    [Theory, EachEngine]
    public async Task Something_else_speaks_to_the_client_port(string engine)
    {
        using var directory = new TemporaryDirectory();
        using var member = ServerProcess.Start(["--data-dir", directory["m1"], $"--consensus={engine}", .. AnyPorts]);
        (JsonElement line, _) = await member.WaitForAsync("serving client traffic insecurely");
        string[] address = line.GetProperty("address").GetString()!.Split(':');
        foreach (string sent in (string[])["\x16\x03\x01\x02\x00 hello", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nnonsense nonsense", "\0\0\0\0", "PRI"])
        {
            using var client = new TcpClient(address[0], int.Parse(address[1]));
            await client.GetStream().WriteAsync(System.Text.Encoding.Latin1.GetBytes(sent), TestContext.Current.CancellationToken);
        }

        Assert.Equal("OK\n", await Etcdctl.RunAsync($"{address[0]}:{address[1]}", "put", "k", "v"));
        Assert.False(member.HasExited);
    }
}
