using Quorate.Examples;
using Quorate.Paxos.MultiPaxos;
using Quorate.Raft;
using Xunit;

namespace Quorate.Tests.Hosting;

/// <summary>The example of the library's front page does what it says.</summary>
public sealed class CounterExampleTests
{
    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public async Task Survives_the_loss_of_its_leader(string engine)
    {
        string directory = Directory.CreateTempSubdirectory("quorate-counter").FullName;
        try
        {
            await using var cluster = new CounterCluster(directory, TestPorts.Take(3), engine == "raft" ? new RaftEngine() : new MultiPaxosEngine());
            await Task.WhenAll(cluster.StartAsync(0), cluster.StartAsync(1), cluster.StartAsync(2));
            Assert.Equal(1, await cluster.AddAsync(0, 1));
            Assert.Equal(11, await cluster.AddAsync(1, 10));

            int leader = cluster.Leader(0);
            await cluster.StopAsync(leader);
            Assert.Equal(111, await cluster.AddAsync((leader + 1) % 3, 100));

            await cluster.StartAsync(leader);
            Assert.Equal(111, await cluster.ReadAsync(leader));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
