using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using HdrHistogram;
using Quorate.Cli.Bench.Http2;

namespace Quorate.Cli.Bench;

/// <summary>
/// All clients on one thread: it waits in <c>ppoll</c> for every connection at once, so that a client costs the machine it shares with the servers
/// about a microsecond an operation, besides the kernel.
/// </summary>
internal sealed partial class LoadGenerator(BenchSettings settings, Workload workload, BenchProgress progress) : ICallOwner, IDisposable
{
    private const short PollIn = 1;
    private const short PollOut = 4;
    private const long LongestNanoseconds = 600_000_000_000;

    private static readonly double NanosecondsATick = 1e9 / Stopwatch.Frequency;
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ReconnectWait = TimeSpan.FromMilliseconds(100);

    private readonly Http2Connection?[] connections = new Http2Connection?[settings.Connections];
    private readonly long[] reconnectAt = new long[settings.Connections];
    private readonly List<Call>[] idle = [.. Enumerable.Range(0, settings.Connections).Select(_ => new List<Call>())];
    private readonly List<Call> calls = [];
    private readonly PollEntry[] entries = new PollEntry[settings.Connections];
    private readonly Dictionary<string, long> failures = [];
    private readonly LongHistogram latencies = new(LongestNanoseconds, 3);
    private readonly Dictionary<Http2Connection, int> places = [];
    private long now;
    private long dueNext;
    private int placeNext;
    private long scanAt;
    private long operations;
    private long allOperations;
    private long notFound;
    private bool measuring;
    private bool stopping;

    private bool IsPaced => settings.Rate > 0;

    /// <summary>Runs until the workload has no more requests.</summary>
    /// <returns>Failures by cause; empty when every request was answered.</returns>
    public IReadOnlyDictionary<string, long> RunToEnd(CancellationToken cancellation)
    {
        measuring = true;
        Begin();
        while (connections.Any(c => c is { OpenCalls: > 0 }) && !cancellation.IsCancellationRequested)
            Turn();
        return failures;
    }

    /// <summary>Warms up, measures, and lets what is open end.</summary>
    /// <exception cref="SocketException">An endpoint cannot be reached.</exception>
    /// <exception cref="TimeoutException">An endpoint does not answer as HTTP/2.</exception>
    public BenchResult Run(CancellationToken cancellation)
    {
        Begin();
        progress.Phase = "warming up";
        long began = now;
        RunUntil(began + Ticks(settings.WarmUp), began, cancellation);

        progress.Phase = settings.Describe();
        measuring = true;
        failures.Clear();
        long start = now;
        TimeSpan cpu = Process.GetCurrentProcess().TotalProcessorTime;
        RunUntil(start + Ticks(settings.Duration), began, cancellation);
        double seconds = (now - start) * NanosecondsATick / 1e9;
        cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;

        measuring = false;
        stopping = true;
        return new BenchResult
        {
            Settings = settings,
            Seconds = seconds,
            Operations = operations,
            AllOperations = allOperations,
            Failures = failures,
            NotFound = notFound,
            Latencies = latencies,
            CpuMicroseconds = cpu.TotalMicroseconds,
        };
    }

    /// <inheritdoc/>
    public void Ended(Http2Connection connection, Call call, string? failure)
    {
        now = Stopwatch.GetTimestamp();
        if (failure is null)
            allOperations++;
        if (measuring)
            Record(call, failure);
        if (connection.Failure is null && !stopping)
            GoOn(connection, places[connection], call);
        else
            idle[places[connection]].Add(call);
    }

    /// <inheritdoc/>
    public bool IsWanted(ReadOnlySpan<byte> message) => workload.IsWanted(message);

    public void Dispose()
    {
        foreach (Http2Connection? connection in connections)
            connection?.Dispose();
    }

    private static long Ticks(TimeSpan span) => (long)(span.TotalSeconds * Stopwatch.Frequency);

    private void Begin()
    {
        for (int i = 0; i < connections.Length; i++)
            Connect(i);
        now = Stopwatch.GetTimestamp();
        long deadline = now + Ticks(ReadyTimeout);
        while (connections.Any(c => c is not { IsReady: true }))
        {
            if (connections.FirstOrDefault(c => c?.Failure is not null) is { } failed)
                throw new TimeoutException($"{failed.Authority}: {failed.Failure}");
            if (now > deadline)
                throw new TimeoutException($"{connections.First(c => !c!.IsReady)!.Authority} does not answer as an etcd server without TLS");
            Turn();
        }

        scanAt = now;
        dueNext = now;
        for (int i = 0; i < settings.Clients; i++)
        {
            var call = new Call();
            calls.Add(call);
            int place = i % connections.Length;
            GoOn(connections[place]!, place, call);
        }

        FlushAll();
    }

    private void Connect(int place)
    {
        BenchEndpoint endpoint = settings.Endpoints[place % settings.Endpoints.Count];
        connections[place] = new Http2Connection(endpoint.Address, endpoint.Name, workload.Path, this);
        places[connections[place]!] = place;
    }

    private void RunUntil(long end, long began, CancellationToken cancellation)
    {
        double whole = Ticks(settings.WarmUp + settings.Duration);
        while (now < end && !cancellation.IsCancellationRequested)
        {
            Turn();
            progress.Fraction = (now - began) / whole;
        }
    }

    private void Turn()
    {
        Wait(WaitNanoseconds());
        for (int i = 0; i < connections.Length; i++)
        {
            if (entries[i].Ready == 0 || connections[i] is not { } connection)
                continue;
            connection.Read();
            connection.Flush();
        }

        now = Stopwatch.GetTimestamp();
        if (IsPaced)
            StartDue();
        if (now >= scanAt)
            Scan();
    }

    // Paced, it sleeps until the next operation is due: whoever only looked would take a core from the members beside it.
    private long WaitNanoseconds()
    {
        const long longest = 100_000_000;
        if (!IsPaced)
            return longest;
        double left = (dueNext - Stopwatch.GetTimestamp()) * NanosecondsATick;
        return (long)Math.Clamp(left, 0, longest);
    }

    private unsafe void Wait(long nanoseconds)
    {
        for (int i = 0; i < entries.Length; i++)
        {
            entries[i].Descriptor = connections[i]?.Descriptor ?? -1;
            entries[i].Wanted = connections[i] is { WantsToWrite: true } ? (short)(PollIn | PollOut) : PollIn;
            entries[i].Ready = 0;
        }

        var patience = new TimeSpec { Seconds = 0, Nanoseconds = nanoseconds };
        fixed (PollEntry* first = entries)
            Poll(first, (nuint)entries.Length, &patience, null);
    }

    private void GoOn(Http2Connection connection, int place, Call call)
    {
        if (IsPaced)
        {
            idle[place].Add(call);
            return;
        }

        byte[] request = call.Request;
        if (!workload.TryNext(ref request))
            return;
        call.Request = request;
        call.Started = now;
        connection.Start(call);
    }

    // Open loop: operations are due at fixed times, and their latency counts from then, whether a client was free or not.
    private void StartDue()
    {
        long gap = (long)(Stopwatch.Frequency / settings.Rate);
        int passed = 0;
        // Connections take turns, and with them the members. Where every client is busy, what is due waits.
        while (dueNext <= now && !stopping && passed < idle.Length)
        {
            int place = placeNext;
            placeNext = (placeNext + 1) % idle.Length;
            if (idle[place].Count == 0 || connections[place] is null)
            {
                passed++;
                continue;
            }

            passed = 0;
            Call call = idle[place][^1];
            idle[place].RemoveAt(idle[place].Count - 1);
            byte[] request = call.Request;
            workload.TryNext(ref request);
            call.Request = request;
            call.Started = dueNext;
            connections[place]!.Start(call);
            dueNext += gap;
        }

        FlushAll();
    }

    private void FlushAll()
    {
        foreach (Http2Connection? connection in connections)
            connection?.Flush();
    }

    private void Record(Call call, string? failure)
    {
        progress.Count(failure is null);
        if (failure is not null)
        {
            failures[failure] = failures.GetValueOrDefault(failure) + 1;
            return;
        }

        operations++;
        if (!call.FoundWanted)
            notFound++;
        long nanoseconds = (long)((now - call.Started) * NanosecondsATick);
        latencies.RecordValue(Math.Clamp(nanoseconds, 1, LongestNanoseconds));
    }

    // A few times a second: what takes too long, and connections that are gone.
    private void Scan()
    {
        scanAt = now + Ticks(ReconnectWait);
        for (int i = 0; i < calls.Count; i++)
        {
            if (calls[i].Stream != 0 && now - calls[i].Started > Ticks(settings.Timeout))
                connections[i % connections.Length]?.Cancel(calls[i], $"no answer in {settings.Timeout.TotalSeconds:0.#} s");
        }

        for (int i = 0; i < connections.Length; i++)
        {
            if (connections[i] is { Failure: not null } failed)
            {
                places.Remove(failed);
                failed.Dispose();
                connections[i] = null;
                reconnectAt[i] = now;
            }

            if (connections[i] is null && now >= reconnectAt[i])
                Reconnect(i);
        }

        FlushAll();
    }

    private void Reconnect(int place)
    {
        reconnectAt[place] = now + Ticks(ReconnectWait);
        try
        {
            Connect(place);
        }
        catch (SocketException e)
        {
            string cause = $"connection: {e.SocketErrorCode}";
            if (measuring)
                failures[cause] = failures.GetValueOrDefault(cause) + 1;
            return;
        }

        Call[] again = [.. idle[place]];
        idle[place].Clear();
        foreach (Call call in again)
            GoOn(connections[place]!, place, call);
    }

    // poll knows milliseconds only.
    [LibraryImport("libc", EntryPoint = "ppoll", SetLastError = true)]
    private static unsafe partial int Poll(PollEntry* entries, nuint count, TimeSpec* patience, void* signals);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Wanted;
        public short Ready;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
