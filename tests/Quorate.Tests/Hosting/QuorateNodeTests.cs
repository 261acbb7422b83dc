using Quorate.Consensus;
using Quorate.Examples;
using Quorate.Hosting;
using Quorate.Paxos.MultiPaxos;
using Quorate.Raft;
using Xunit;

namespace Quorate.Tests.Hosting;

/// <summary>Three members in one process, on Raft.</summary>
public sealed class QuorateNodeOnRaftTests() : QuorateNodeTests(new RaftEngine());

/// <summary>Three members in one process, on Multi-Paxos.</summary>
public sealed class QuorateNodeOnMultiPaxosTests() : QuorateNodeTests(new MultiPaxosEngine());

/// <summary>Three members in one process, on real disks and sockets.</summary>
public abstract class QuorateNodeTests(IConsensusEngine engine) : IAsyncLifetime
{
    private readonly string directory = Directory.CreateTempSubdirectory("quorate-node").FullName;
    private CounterCluster? cluster;

    public async ValueTask InitializeAsync()
    {
        cluster = new CounterCluster(directory, TestPorts.Take(3), engine);
        await Task.WhenAll(cluster.StartAsync(0), cluster.StartAsync(1), cluster.StartAsync(2));
    }

    public async ValueTask DisposeAsync()
    {
        await cluster!.DisposeAsync();
        Directory.Delete(directory, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Many_callers_at_all_members_add_up()
    {
        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => cluster!.AddAsync(i % 3, 1)));
        Assert.Equal(300, await cluster!.ReadAsync(0));
        Assert.Equal(300, await cluster.ReadAsync(1));
        Assert.Equal(300, await cluster.ReadAsync(2));
    }

    [Fact]
    public async Task What_was_answered_survives_a_restart_of_all()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => cluster!.AddAsync(i % 3, 2)));
        for (int i = 0; i < 3; i++)
            await cluster!.StopAsync(i);
        await Task.WhenAll(cluster!.StartAsync(0), cluster.StartAsync(1), cluster.StartAsync(2));
        Assert.Equal(100, await cluster.ReadAsync(2));
    }

    [Fact]
    public async Task A_directory_in_use_is_refused_in_one_line()
    {
        NodeStartException refused = await Assert.ThrowsAsync<NodeStartException>(() => cluster!.StartAsync(1));
        Assert.DoesNotContain('\n', refused.Message);
    }
}
