using Quorate.Consensus;
using Quorate.Examples;
using Quorate.Paxos.MultiPaxos;
using Quorate.Raft;

// Nothing else depends on it.
bool paxos = args is ["multipaxos", ..];
IConsensusEngine engine = paxos ? new MultiPaxosEngine() : new RaftEngine();
string directory = args.Skip(paxos ? 1 : 0).FirstOrDefault() ?? Directory.CreateTempSubdirectory("counter").FullName;
await using var cluster = new CounterCluster(directory, [23801, 23802, 23803], engine);
await Task.WhenAll(cluster.StartAsync(0), cluster.StartAsync(1), cluster.StartAsync(2));

Console.WriteLine($"1 added at member 1: the sum is {await cluster.AddAsync(0, 1)}");
Console.WriteLine($"10 added at member 2: the sum is {await cluster.AddAsync(1, 10)}");

int leader = cluster.Leader(0);
Console.WriteLine($"member {leader + 1} leads, and is stopped");
await cluster.StopAsync(leader);
int other = (leader + 1) % 3;
Console.WriteLine($"100 added at member {other + 1}: the sum is {await cluster.AddAsync(other, 100)}");

await cluster.StartAsync(leader);
Console.WriteLine($"member {leader + 1} is back and reads {await cluster.ReadAsync(leader)}");
