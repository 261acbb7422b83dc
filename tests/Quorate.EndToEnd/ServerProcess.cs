using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Xunit;

namespace Quorate.EndToEnd;

/// <summary>A member as a process of its own, from the build's output.</summary>
internal sealed class ServerProcess : IDisposable
{
    /// <summary>More than any wait that ends well, on a busy machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Names the engine for a whole run of this project: members read it by themselves, as they do any flag's variable.</summary>
    public const string EngineVariable = "ETCD_CONSENSUS";

    private readonly Lock gate = new();
    private readonly List<string> lines = [];
    private readonly Process process;
    private readonly Stopwatch sinceStart = Stopwatch.StartNew();
    private TaskCompletionSource more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(ProcessStartInfo start)
    {
        process = Process.Start(start)!;
        process.ErrorDataReceived += (_, e) => Add(e.Data);
        process.OutputDataReceived += (_, e) => Add(e.Data);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
    }

    /// <summary>What it has said, on stderr and stdout.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (gate)
                return [.. lines];
        }
    }

    /// <summary>Its process id.</summary>
    public int Id => process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => process.HasExited;

    /// <summary>The program under test.</summary>
    public static string Program => Path.Combine(AppContext.BaseDirectory, "Quorate.Cli");

    /// <summary>Starts the program with these arguments.</summary>
    public static ServerProcess Start(params string[] arguments) => Start(Path.GetTempPath(), arguments);

    /// <summary>Starts it in <paramref name="directory"/>.</summary>
    public static ServerProcess Start(string directory, string[] arguments) => StartProgram(Program, directory, arguments);

    /// <summary>Starts it with nothing said of the engine, by flag or by variable.</summary>
    public static ServerProcess StartUnsaid(params string[] arguments) => StartProgram(Program, Path.GetTempPath(), arguments, unsaid: true);

    /// <summary>Starts another program that logs as etcd does.</summary>
    public static ServerProcess StartProgram(string program, string directory, string[] arguments, bool unsaid = false)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = directory,
        };
        // A flag and its variable may not contradict each other.
        if (unsaid || arguments.Any(a => a.StartsWith("--consensus", StringComparison.Ordinal)))
            start.Environment.Remove(EngineVariable);
        return new ServerProcess(start);
    }

    /// <summary>Ports of this machine that nobody uses now.</summary>
    public static int[] FreePorts(int count)
    {
        var listeners = new List<TcpListener>();
        for (int i = 0; i < count; i++)
        {
            var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            listeners.Add(listener);
        }

        int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        listeners.ForEach(l => l.Dispose());
        return ports;
    }

    /// <summary>Waits for a log line with this message.</summary>
    /// <returns>The line, and how long after the start it was seen.</returns>
    public async Task<(JsonElement Line, TimeSpan After)> WaitForAsync(string message)
    {
        string line = await WaitForLineAsync($"\"msg\":\"{message}");
        return (JsonDocument.Parse(line).RootElement, sinceStart.Elapsed);
    }

    /// <summary>Waits for a line with this text in it.</summary>
    public async Task<string> WaitForLineAsync(string text)
    {
        using var patience = new CancellationTokenSource(Patience);
        int seen = 0;
        while (true)
        {
            Task next;
            lock (gate)
            {
                for (; seen < lines.Count; seen++)
                {
                    if (lines[seen].Contains(text, StringComparison.Ordinal))
                        return lines[seen];
                }

                next = more.Task;
            }

            try
            {
                await next.WaitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"'{text}' was not said within {Patience}; it said:\n{string.Join('\n', Lines)}");
            }
        }
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitForExitAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await process.WaitForExitAsync(patience.Token);
        return process.ExitCode;
    }

    /// <summary>Sends it a signal: TERM, INT, KILL, STOP, CONT.</summary>
    public void Signal(string name)
    {
        using Process kill = Process.Start("kill", ["-" + name, $"{process.Id}"]);
        kill.WaitForExit();
    }

    /// <summary>Kills it: kill -9.</summary>
    public void Kill() => process.Kill();

    /// <summary>Kills it, kill -9, and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        Kill();
        await WaitForExitAsync();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true); // a cluster's members hold its output open
        process.WaitForExit();
        process.Dispose();
    }

    private void Add(string? line)
    {
        if (line is null)
            return;
        lock (gate)
        {
            lines.Add(line);
            more.SetResult();
            more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
