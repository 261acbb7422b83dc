using Quorate.Checkers;
using Quorate.EndToEnd;
using Xunit;

namespace Quorate.Torture;

/// <summary>A short round in every run of the tests; the program runs long ones: <c>--rounds 20 --seconds 60</c>.</summary>
public sealed class TortureTests
{
    [Theory, EachEngine]
    public async Task What_clients_see_of_a_tortured_cluster_is_linearizable(string engine)
    {
        // Tests run on whatever machine there is: 50 operations a second of 500 are enough there.
        var settings = new RoundSettings { Engine = engine, Duration = TimeSpan.FromSeconds(15), BegunShareMin = 0.1 };
        RoundResult result = await new TortureRound(settings).RunAsync(TestContext.Current.CancellationToken);
        TestContext.Current.SendDiagnosticMessage(result.ToString());
        Assert.True(result.IsGood, string.Join('\n', [.. result.Findings, result.ToString()]));
        AssertKeepable(result.History);
    }

    /// <summary>What a failed round keeps must be read by <c>quorate check</c>.</summary>
    private static void AssertKeepable(List<Operation> history)
    {
        var text = new StringWriter();
        var writer = new HistoryWriter(text);
        history.ForEach(writer.Write);
        Assert.Equal(history.Select((o, i) => o with { Line = i + 1 }), HistoryReader.Read(new StringReader(text.ToString())));
    }
}
