using System.Diagnostics;
using Grpc.Net.Client;
using Quorate.Checkers;
using Quorate.EndToEnd;
using Quorate.Protocol.Etcdserverpb;

namespace Quorate.Torture;

/// <summary>One round: a new cluster, clients and faults for a while, then peace, and the question whether what clients saw can be true.</summary>
internal sealed class TortureRound(RoundSettings settings)
{
    private readonly RoundResult result = new();
    private readonly KeySpace keys = new(settings.Keys);

    /// <summary>Runs it. Where something was found, history and logs are kept, and the last finding names the place.</summary>
    public async Task<RoundResult> RunAsync(CancellationToken cancellation)
    {
        await using var cluster = new TortureCluster(settings.Engine);
        try
        {
            await cluster.StartAsync();
            await TortureAsync(cluster, cancellation);
            for (int i = 0; i < TortureCluster.Size; i++)
                await cluster.StopAsync(i);
        }
        catch (Exception failed) when (!cancellation.IsCancellationRequested
            && failed is RoundFailedException or Xunit.Sdk.XunitException or OperationCanceledException)
        {
            // The last: a process that was told to end did not, in all the time a process of the tests has.
            result.Findings.Add(failed.Message);
        }

        cancellation.ThrowIfCancellationRequested();
        result.Findings.AddRange(cluster.Misdeeds());
        result.Verdict = LinearizabilityChecker.Check(result.History);
        if (result.Verdict.Verdict != Verdict.Linearizable)
            result.Findings.Add($"{result.Verdict.Verdict}: {result.Verdict.Explanation}");
        if (!result.IsGood)
            result.Findings.Add($"history and logs are in {Keep(cluster)}");
        return result;
    }

    private async Task TortureAsync(TortureCluster cluster, CancellationToken cancellation)
    {
        using var until = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var adversary = new Adversary(cluster, new Random(settings.Seed));
        GrpcChannel[][] channels = [.. Enumerable.Range(0, settings.Clients).Select(_ => cluster.OpenChannels())];
        RandomClient[] clients =
            [.. channels.Select((c, i) => new RandomClient(i, c, keys, new Random((settings.Seed * 1000) + i)))];
        using var pace = new Pace(settings.Rate, () => adversary.IsPeace);
        var asking = Stopwatch.StartNew();
        until.CancelAfter(settings.Duration);
        try
        {
            Task[] running = [pace.RunAsync(until.Token), .. clients.Select(c => c.RunAsync(pace, until.Token))];
            try
            {
                await adversary.RunAsync(until.Token);
            }
            finally
            {
                await until.CancelAsync();
                await Task.WhenAll(running);
                result.Faults = adversary.Done;
                clients.Select(c => c.Calls).ToList().ForEach(Take);
            }

            result.Judge(pace, settings.BegunShareMin, asking.Elapsed);
            await RecoverAsync(cluster, channels[0]);
        }
        finally
        {
            foreach (GrpcChannel channel in channels.SelectMany(c => c))
                channel.Dispose();
        }
    }

    /// <summary>In peace every member must answer writes again, and reads of every key.</summary>
    private async Task RecoverAsync(TortureCluster cluster, GrpcChannel[] channels)
    {
        var mended = Stopwatch.StartNew();
        await cluster.ReadyAsync();
        KeyCalls[] last = [.. channels.Select((_, i) => new KeyCalls(settings.Clients + i, keys))];
        try
        {
            await Task.WhenAll(channels.Select((c, i) => UntilAnsweredAsync(
                i, n => last[i].PutAsync(new KV.KVClient(c), i % settings.Keys, $"last.{i}.{n}", TimeSpan.FromSeconds(2)))));
            result.Recovery = mended.Elapsed;
            for (int key = 0; key < settings.Keys; key++)
            {
                await Task.WhenAll(channels.Select((c, i) => UntilAnsweredAsync(
                    i, _ => last[i].GetAsync(new KV.KVClient(c), key, TimeSpan.FromSeconds(2)))));
            }
        }
        finally
        {
            Array.ForEach(last, Take);
        }
    }

    private void Take(KeyCalls calls)
    {
        result.History.AddRange(calls.History);
        result.Errors.AddRange(calls.Errors);
    }

    private static async Task UntilAnsweredAsync(int member, Func<int, Task<Outcome>> ask)
    {
        using var beats = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        var waited = Stopwatch.StartNew();
        for (int n = 0; await ask(n) != Outcome.Ok; n++)
        {
            if (waited.Elapsed > ServerProcess.Patience)
                throw new RoundFailedException($"m{member + 1} answers nothing {waited.Elapsed.TotalSeconds:f0} s after the last fault was mended");
            await beats.WaitForNextTickAsync();
        }
    }

    private string Keep(TortureCluster cluster)
    {
        string kept = Path.Combine(settings.Output, $"quorate-torture-{Environment.ProcessId}-{settings.Seed}");
        Directory.CreateDirectory(kept);
        using (var file = new StreamWriter(Path.Combine(kept, "history.jsonl")))
        {
            var writer = new HistoryWriter(file);
            foreach (Operation operation in result.History.OrderBy(o => o.Call))
                writer.Write(operation);
        }

        for (int i = 0; i < TortureCluster.Size; i++)
            File.WriteAllLines(Path.Combine(kept, $"m{i + 1}.log"), cluster.LogOf(i));
        return kept;
    }
}
