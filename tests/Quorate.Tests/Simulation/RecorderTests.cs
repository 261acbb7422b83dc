using Quorate.Simulation;
using Quorate.Simulation.Diagrams;
using Quorate.Simulation.Scenarios;
using Xunit;
using MemberState = Quorate.Simulation.Diagrams.MemberState;

namespace Quorate.Tests.Simulation;

/// <summary>What is kept of a run's end, and the scenario that is made of it.</summary>
public sealed class RecorderTests
{
    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public void The_end_of_a_run_is_a_scenario_with_each_message_and_state(string engine)
    {
        SeedResult run = SeedRun.Run(new SeedOptions { Seed = 3, Engine = engine, Record = true });
        Recorder recorder = run.Recorder!;
        Assert.Equal(Recorder.RecentMax, recorder.Recent.Count);
        Assert.True(recorder.Count > 100L * Recorder.RecentMax, $"only {recorder.Count} things happened in all");
        Assert.InRange(recorder.Notes.Count, 100, Recorder.NotesMax);
        Assert.Contains(recorder.Recent, h => h.Kind == HappeningKind.Arrived);

        ScenarioFile scenario = RecordedScenario.Of(run);
        IEnumerable<string> drawn = scenario.Steps.SelectMany(s => s.Output)
            .Where(l => l.Contains("log=", StringComparison.Ordinal) || l.Split(' ')[1] is "→" or "⇒" or "⇏");
        Assert.Equal(recorder.Standing.Concat(recorder.Recent.Where(h => h.Kind is not (HappeningKind.Note or HappeningKind.Role)).Select(h => h.Line)), drawn);
        Assert.Contains($"the last {Recorder.RecentMax} of {recorder.Count}", scenario.ToString(), StringComparison.Ordinal);
        Assert.NotEmpty(ScenarioDiagram.Svg(scenario));
    }

    [Fact]
    public void At_the_end_members_show_what_was_written_last()
    {
        SeedResult run = SeedRun.Run(new SeedOptions { Seed = 1, Size = 3, Only = new HashSet<int>(), Record = true });
        Recorder recorder = run.Recorder!;
        foreach (string member in (string[])["1", "2", "3"])
        {
            MemberState state = StateOf(recorder, member);
            Assert.Equal(8, state.Log.Count);
            Assert.All(state.Log, e => Assert.True(e is { IsCommitted: true, IsDurable: true }, $"{e} of member {member}"));
            // Those left out and those written out are all that was decided.
            Assert.Equal($"…{run.Decided - 8}", state.Dropped.Split('/')[0]);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_member_that_is_down_says_so_and_finds_its_log_again(bool power)
    {
        var options = new WorldOptions();
        var recorder = new Recorder(options.Engine);
        var world = new World(1, options, recorder);
        world.Begin([]);
        world.Time.RunUntil(10 * Span.Second);
        Machine member = world.Members[0];
        member.Kill(power);
        MemberState down = StateOf(recorder, "1");
        Assert.True(down.IsDown);
        Assert.NotEmpty(down.Log);

        member.Start();
        world.Time.RunUntil(10 * Span.Second + (100 * Span.Millisecond));
        MemberState up = StateOf(recorder, "1");
        Assert.False(up.IsDown);
        Assert.Contains(down.Log[^1].Content, up.Log.Select(e => e.Content));
        world.End();
    }

    [Fact]
    public void A_run_that_is_not_recorded_keeps_nothing() =>
        Assert.Null(SeedRun.Run(new SeedOptions { Seed = 1, Size = 1, Only = new HashSet<int>() }).Recorder);

    private static MemberState StateOf(Recorder recorder, string member) => MemberState.Parse(
        recorder.Standing.Concat(recorder.Recent.Where(h => h.Kind == HappeningKind.State).Select(h => h.Line))
            .Last(l => l.StartsWith($"{member}  ", StringComparison.Ordinal))[$"{member}  ".Length..])!;
}
