using System.Collections;
using Quorate.Consensus;
using Quorate.Hosting;
using Quorate.Server;
using Quorate.Simulation;
using Xunit;

namespace Quorate.Tests.Simulation;

/// <summary>A few seeds of the simulator; CI runs many more by <c>quorate sim</c>.</summary>
public sealed class SeedTests
{
    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public void Seeds_keep_every_promise(string engine)
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            SeedResult result = SeedRun.Run(new SeedOptions { Seed = seed, Engine = engine });
            Assert.True(
                result.Violation is null,
                $"./quorate sim --consensus {engine} --seeds 1 --first-seed {seed}: {result.Violation?.Promise}: {result.Violation?.Message}\n{result.Violation?.Detail}");
            Assert.True(result.SimulatedNanoseconds >= 600_000_000_000, $"seed {seed}: {result.SimulatedNanoseconds} ns");
            Assert.True(result.Faults.Total >= 10, $"seed {seed}: only {result.Faults.Total} faults");
            Assert.True(result.Answered > 1000, $"seed {seed}: only {result.Answered} operations were answered");
        }
    }

    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public void The_same_seed_gives_the_same_trace(string engine)
    {
        for (ulong seed = 100; seed < 103; seed++)
        {
            ulong first = SeedRun.Run(new SeedOptions { Seed = seed, Engine = engine }).TraceHash;
            GC.Collect();
            ulong second = 0;
            var other = new Thread(() => second = SeedRun.Run(new SeedOptions { Seed = seed, Engine = engine, Record = true }).TraceHash);
            other.Start();
            other.Join();
            Assert.Equal(first, second);
        }
    }

    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public void A_fault_left_out_leaves_all_before_it_as_it_was(string engine)
    {
        var options = new SeedOptions { Seed = 7, Engine = engine, Record = true };
        SeedResult whole = SeedRun.Run(options);
        Fault left = whole.Plan[^1];
        SeedResult others = SeedRun.Run(options with { Only = whole.Plan.SkipLast(1).Select(f => f.Number).ToHashSet() });
        Assert.Equal(whole.Plan.SkipLast(1), others.Plan);
        Happening[] before = Before(whole);
        Assert.True(before.Length > 100, $"only {before.Length} notes");
        Assert.Equal(before, Before(others));
        Assert.NotEqual(whole.TraceHash, others.TraceHash);

        Happening[] Before(SeedResult run) => [.. run.Recorder!.Notes.Where(n => n.AtNanoseconds < left.AtNanoseconds)];
    }

    [Fact]
    public void Each_user_of_chance_has_a_stream_of_its_own()
    {
        var streams = new Streams(7);
        var firsts = new HashSet<ulong>();
        foreach (StreamKind kind in Enum.GetValues<StreamKind>())
        {
            for (long number = 0; number < 100; number++)
            {
                ulong first = streams.Of(kind, number).NextUInt64();
                Assert.True(firsts.Add(first), $"{kind} {number} draws as another does");
                Assert.Equal(first, new Streams(7).Of(kind, number).NextUInt64());
            }
        }
    }

    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public void Without_faults_there_is_one_leader_and_no_refusal(string engine)
    {
        var world = new World(1, WorldOptions.Draw(new Streams(1), size: 3, 600_000_000_000, Quorate.Simulation.Engines.Of(engine)));
        world.Begin([]);
        world.Time.RunUntil(600_000_000_000);
        Assert.Equal(1, world.Watch.LeadersSeen);
        Assert.Empty(world.Refusals.Counts);
        Assert.True(world.WritesAnswered > 1000);
        world.End();
    }

    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public void Without_faults_what_follows_the_heal_is_asked_too(string engine)
    {
        for (ulong seed = 1; seed <= 6; seed++)
        {
            SeedResult calm = SeedRun.Run(new SeedOptions { Seed = seed, Engine = engine, Only = new HashSet<int>() });
            Assert.Null(calm.Violation);
        }
    }

    [Fact]
    public void Some_worlds_are_tuned_as_a_server_is()
    {
        Assert.Equal(ServerCommand.Serve, ServerCommandLine.Read([], new Hashtable(), out ServerOptions? options));
        var served = new Bootstrap(new NodeId(1), 1, Configuration.Empty, HasData: false, new ChosenProtocol("raft", QuorumSizes.Majority));
        Assert.Equal(served.NodeOptions(options!).ReplicaInTicks(), WorldOptions.Served);
        for (ulong seed = 1; seed <= 100; seed++)
        {
            if (WorldOptions.Draw(new Streams(seed), size: 3, 600_000_000_000, Quorate.Simulation.Engines.Of("raft")).Replica == WorldOptions.Served)
                return;
        }

        Assert.Fail("none of 100 seeds has a server's options");
    }

    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public void A_newcomer_can_be_brought_up_in_time_whatever_is_drawn(string engine)
    {
        for (ulong seed = 1; seed <= 10_000; seed++)
        {
            var drawn = WorldOptions.Draw(new Streams(seed), size: null, 600_000_000_000, Quorate.Simulation.Engines.Of(engine));
            Assert.True(drawn.CatchUpPerSecond >= WorldOptions.CatchUpPerWrite * drawn.OperationsPerSecond, $"seed {seed}: {drawn.CatchUpPerSecond} entries a second");
            Assert.True(drawn.SnapshotPerSecond >= WorldOptions.SnapshotBytesPerSecond, $"seed {seed}: {drawn.SnapshotPerSecond} bytes of a snapshot a second");
        }
    }
}
