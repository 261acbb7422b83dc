using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Quorate.Cli.Cluster;

/// <summary>A member of a development cluster.</summary>
/// <param name="Name">m1, m2, ...</param>
/// <param name="ClientUrl">Where clients reach it.</param>
/// <param name="PeerUrl">Where its peers reach it.</param>
/// <param name="LogFile">Where it logs to.</param>
/// <param name="Process">It, once started.</param>
internal sealed record LocalMember(string Name, string ClientUrl, string PeerUrl, string LogFile, Process? Process)
{
    private const int TailBytes = 4096;

    /// <summary>Whether its process runs.</summary>
    public bool IsRunning => Process is { HasExited: false };

    /// <summary>How it ended: the exit code, and the cause where its log ends with one.</summary>
    public string Epitaph => LastWords() is { } cause ? $"stopped ({Process?.ExitCode}): {cause}" : $"stopped ({Process?.ExitCode})";

    private string? LastWords()
    {
        try
        {
            using var log = new FileStream(LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            log.Seek(-Math.Min(TailBytes, log.Length), SeekOrigin.End);
            using var reader = new StreamReader(log, Encoding.UTF8);
            string last = reader.ReadToEnd().TrimEnd().Split('\n')[^1];
            using JsonDocument line = JsonDocument.Parse(last);
            return line.RootElement.GetProperty("level").GetString() == "fatal" ? line.RootElement.GetProperty("msg").GetString() : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException)
        {
            return null; // no log, or it ends with something else than a member's line: the exit code is all there is to say
        }
    }
}

/// <summary>The processes of a development cluster. Owned by one thread.</summary>
internal sealed class LocalCluster(int size, string directory, int firstPort, IReadOnlyList<string> protocol) : IDisposable
{
    // A member hands over and is gone within 1.5 s; what takes longer hangs.
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);

    private readonly List<LocalMember> members = [];

    /// <summary>The members.</summary>
    public IReadOnlyList<LocalMember> Members => members;

    /// <summary>Tells when a member has logged something, or ended.</summary>
    public ClusterNews News { get; } = new();

    /// <summary>Where the members' logs and data lie.</summary>
    public string Directory => directory;

    /// <summary>Starts all.</summary>
    public void Start()
    {
        System.IO.Directory.CreateDirectory(directory);
        for (int i = 0; i < size; i++)
        {
            int port = firstPort + (10 * i);
            members.Add(new LocalMember($"m{i + 1}", $"http://127.0.0.1:{port}", $"http://127.0.0.1:{port + 1}", Path.Combine(directory, $"m{i + 1}.log"), null));
        }

        string initial = string.Join(',', members.Select(m => $"{m.Name}={m.PeerUrl}"));
        for (int i = 0; i < size; i++)
            members[i] = members[i] with { Process = Start(members[i], initial) };
    }

    /// <summary>Asks all to stop and waits for their end.</summary>
    /// <returns>0 when all stopped as asked.</returns>
    public async Task<int> StopAsync()
    {
        foreach (LocalMember member in members.Where(m => m.IsRunning))
            Signals.Terminate(member.Process!.Id);
        using var patience = new CancellationTokenSource(StopPatience);
        int code = 0;
        foreach (LocalMember member in members)
        {
            try
            {
                await member.Process!.WaitForExitAsync(patience.Token);
                code = Math.Max(code, member.Process.ExitCode);
            }
            catch (OperationCanceledException)
            {
                await Console.Error.WriteLineAsync($"quorate: {member.Name} does not stop and is killed");
                member.Process!.Kill();
                code = 1;
            }
        }

        return code;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (LocalMember member in members)
            member.Process?.Dispose();
    }

    private Process Start(LocalMember member, string initial)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardError = true };
        // Run by `dotnet quorate.dll` the host's path is dotnet's.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(LocalCluster).Assembly.Location);
        foreach (string argument in (string[])
        [
            $"--name={member.Name}",
            $"--data-dir={Path.Combine(directory, member.Name)}",
            $"--listen-client-urls={member.ClientUrl}",
            $"--advertise-client-urls={member.ClientUrl}",
            $"--listen-peer-urls={member.PeerUrl}",
            $"--initial-advertise-peer-urls={member.PeerUrl}",
            $"--initial-cluster={initial}",
            "--initial-cluster-token=quorate-development",
            $"--log-outputs={member.LogFile},stderr",
            .. protocol,
        ])
        {
            start.ArgumentList.Add(argument);
        }

        // Their flags and our variables may not contradict each other.
        foreach (string variable in start.Environment.Keys.Where(k => k.StartsWith("ETCD_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(variable);
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.ErrorDataReceived += (_, _) => News.Tell();
        process.Exited += (_, _) => News.Tell();
        process.Start();
        process.BeginErrorReadLine();
        return process;
    }
}
