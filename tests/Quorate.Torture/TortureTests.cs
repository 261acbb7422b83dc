using Xunit;

namespace Quorate.Torture;

/// <summary>A short round in every run of the tests; the program runs long ones: <c>--rounds 20 --seconds 60</c>.</summary>
public sealed class TortureTests
{
    [Fact]
    public async Task What_clients_see_of_a_tortured_cluster_is_linearizable()
    {
        RoundResult result = await new TortureRound(new RoundSettings { Duration = TimeSpan.FromSeconds(15) })
            .RunAsync(TestContext.Current.CancellationToken);
        TestContext.Current.SendDiagnosticMessage(result.ToString());
        Assert.True(result.IsGood, string.Join('\n', [.. result.Findings, result.ToString()]));
    }
}
