using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Quorate.Consensus;
using Quorate.Examples;
using Quorate.Hosting;
using Quorate.Server;
using Quorate.Tests.Hosting;
using Xunit;

namespace Quorate.Tests.Server;

/// <summary>What a start with <c>--rejoin</c> leaves alone.</summary>
public sealed class ComebackTests : IAsyncDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("quorate-comeback").FullName;
    private readonly int[] ports = TestPorts.Take(3);
    private readonly List<QuorateNode> nodes = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (QuorateNode node in nodes)
            await node.StopAsync();
        Directory.Delete(directory, recursive: true);
    }

    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public async Task A_whole_directory_of_who_is_a_learner_by_intent_asks_for_no_promotion(string engine)
    {
        QuorateNode[] started = await Task.WhenAll(Enumerable.Range(0, 3).Select(member => StartAsync(engine, member, First(voters: 2))));
        QuorateNode learner = started[2];
        await learner.ReadBarrierAsync(Cancellation);
        await Comeback.BecomeVoterAsync(learner, new NodeId(3), NullLogger.Instance, Cancellation);
        Assert.Equal(MemberRole.Learner, learner.Status.Configuration.Find(new NodeId(3))!.Role);
    }

    private Configuration First(int voters) => new(
        Enumerable.Range(0, 3).Select(i => new Member(
            new NodeId((ulong)i + 1), InstanceId.Open, i < voters ? MemberRole.Voter : MemberRole.Learner, Encoding.UTF8.GetBytes($"127.0.0.1:{ports[i]}"))),
        outgoing: []);

    private async Task<QuorateNode> StartAsync(string engine, int member, Configuration first)
    {
        var options = new NodeOptions
        {
            Self = new NodeId((ulong)member + 1),
            ClusterId = 0xC2,
            DataDirectory = Path.Combine(directory, $"m{member}"),
            FirstConfiguration = first,
            PeerListen = $"127.0.0.1:{ports[member]}",
            SegmentBytes = 1 << 20,
        };
        QuorateNode node = await QuorateNode.StartAsync(options, Quorate.Server.Engines.Of(engine), new CounterMachine(), cancellation: Cancellation);
        lock (nodes)
            nodes.Add(node);
        return node;
    }
}
