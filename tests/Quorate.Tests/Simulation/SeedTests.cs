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

    [Fact]
    public void Faults_left_out_leave_the_others_as_they_were()
    {
        var streams = new Streams(7);
        List<Fault> all = FaultPlan.Draw(streams, 600_000_000_000, []);
        SeedResult some = SeedRun.Run(new SeedOptions { Seed = 7, Only = new HashSet<int> { 2, 3 } });
        Assert.Equal(all.Where(f => f.Number is 2 or 3), some.Plan);
    }

    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public void Without_faults_there_is_one_leader_and_no_refusal(string engine)
    {
        SeedResult calm = SeedRun.Run(new SeedOptions { Seed = 1, Engine = engine, Size = 3, Only = new HashSet<int>() });
        Assert.Null(calm.Violation);
        Assert.Equal(1, calm.Terms);
        Assert.Empty(calm.Refusals);
    }

    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public void A_newcomer_can_be_brought_up_in_time_whatever_is_drawn(string engine)
    {
        for (ulong seed = 1; seed <= 10_000; seed++)
        {
            var drawn = WorldOptions.Draw(new Streams(seed), size: null, 600_000_000_000, Quorate.Simulation.Engines.Of(engine));
            Assert.True(drawn.CatchUpPerSecond >= WorldOptions.CatchUpPerSecondMin, $"seed {seed}: {drawn.CatchUpPerSecond} entries a second");
        }
    }
}
