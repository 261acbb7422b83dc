using System.Globalization;
using Grpc.Core;
using Quorate.Consensus;
using Xunit;

namespace Quorate.EndToEnd.Differential;

/// <summary>
/// The same random requests to etcd itself and to us: answers and errors must be the same. <c>QUORATE_SEED</c> plays one seed,
/// <c>QUORATE_REQUESTS</c> says how many requests a seed has.
/// </summary>
public sealed class EtcdComparisonTests
{
    private const int HistoryShown = 12;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static int Requests => int.Parse(Environment.GetEnvironmentVariable("QUORATE_REQUESTS") ?? "1500", CultureInfo.InvariantCulture);

    private static ulong[] Seeds => Environment.GetEnvironmentVariable("QUORATE_SEED") is { } given
        ? [ulong.Parse(given, CultureInfo.InvariantCulture)]
        : [1, 2];

    [Theory, EachEngine]
    public async Task Answers_are_etcds(string engine)
    {
        foreach (ulong seed in Seeds)
            await CompareAsync(engine, seed);
    }

    private static async Task CompareAsync(string engine, ulong seed)
    {
        using EtcdMember etcd = await EtcdMember.StartOrSkipAsync();
        await using var member = new OneMember(engine);
        await member.InitializeAsync();
        using var one = new RawKv(etcd.Endpoint);
        using var other = new RawKv(member.Endpoint);
        var draw = new RequestDraw(new Prng(seed));
        var history = new Queue<string>();
        int succeeded = 0;
        for (int number = 1; number <= Requests; number++)
        {
            DrawnCall call = draw.Draw();
            Task<RawAnswer> ours = other.CallAsync(call.Method, call.Bytes, Stop);
            RawAnswer theirs = await one.CallAsync(call.Method, call.Bytes, Stop);
            Remember(history, $"{number}: {call.Text}");
            if (AnswerComparison.Difference(call.Method, theirs, await ours) is { } difference)
            {
                Assert.Fail(
                    $"QUORATE_SEED={seed}, request {number}: answers differ\n{difference}\nrequests up to then:\n{string.Join('\n', history)}\n{etcd.Death}");
            }

            if (theirs.Code != StatusCode.OK)
                continue;
            succeeded++;
            draw.Revision = AnswerComparison.RevisionOf(call.Method, theirs);
            if (call.Method == "Compact")
                draw.Compacted = Quorate.Protocol.Etcdserverpb.CompactionRequest.Parser.ParseFrom(call.Bytes).Revision;
        }

        // Requests that are all refused compare nothing.
        Assert.True(succeeded > Requests / 2, $"only {succeeded} of {Requests} requests were carried out");
    }

    private static void Remember(Queue<string> history, string line)
    {
        history.Enqueue(line);
        if (history.Count > HistoryShown)
            history.Dequeue();
    }
}
