using Xunit;

namespace Quorate.EndToEnd.Differential;

/// <summary>A member of etcd itself, 3.5: <c>ETCD</c> names the program, else it is where <c>build/fetch-etcd</c> unpacks it.</summary>
internal sealed class EtcdMember : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly ServerProcess process;

    private EtcdMember(string program)
    {
        int[] ports = ServerProcess.FreePorts(2);
        Endpoint = $"127.0.0.1:{ports[0]}";
        string peer = $"http://127.0.0.1:{ports[1]}";
        process = ServerProcess.StartProgram(
            program,
            directory.Path,
            [
                "--name", "etcd", "--data-dir", directory["etcd"], "--listen-client-urls", $"http://{Endpoint}", "--advertise-client-urls", $"http://{Endpoint}",
                "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", $"etcd={peer}", "--unsafe-no-fsync",
            ]);
    }

    /// <summary>Where clients reach it.</summary>
    public string Endpoint { get; }

    /// <summary>Starts one; skips the test, with the reason, where there is no etcd.</summary>
    public static async Task<EtcdMember> StartOrSkipAsync()
    {
        string program = Environment.GetEnvironmentVariable("ETCD") is { Length: > 0 } named ? named : Unpacked();
        Assert.SkipUnless(File.Exists(program), $"no etcd at {program}: build/fetch-etcd unpacks Debian's there, or name one with ETCD=/path/to/etcd");
        var member = new EtcdMember(program);
        await member.process.WaitForAsync("ready to serve client requests");
        return member;
    }

    /// <summary>What it has said, when it has ended before it should: the end of its log.</summary>
    public string? Death => process.HasExited ? string.Join('\n', process.Lines.TakeLast(20)) : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        process.Dispose();
        directory.Dispose();
    }

    /// <summary>Beside the sources, whichever project's output this runs from.</summary>
    private static string Unpacked()
    {
        string? root = AppContext.BaseDirectory;
        while (root is not null && !File.Exists(Path.Combine(root, "Quorate.slnx")))
            root = Path.GetDirectoryName(root);
        return Path.Combine(root ?? ".", "out", "etcd35", "usr", "bin", "etcd");
    }
}
