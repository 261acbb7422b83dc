using Quorate.Examples;
using Quorate.Tests.Hosting;
using Xunit;

namespace Quorate.Tests.Paxos;

/// <summary>The example decides one value among three members, over a network that may lose messages.</summary>
public sealed class SynodExampleTests
{
    [Fact]
    public async Task Three_members_decide_one_value_and_keep_it()
    {
        string directory = Directory.CreateTempSubdirectory("quorate-synod").FullName;
        try
        {
            int[] ports = TestPorts.Take(3);
            Decider[] members = [.. ports.Select((_, i) => new Decider(Path.Combine(directory, $"{i}"), ports, i))];
            string[] decided = await Task.WhenAll(members.Select((m, i) => m.DecideAsync($"value {i}")));
            Assert.Single(decided.Distinct());
            Assert.StartsWith("value ", decided[0], StringComparison.Ordinal);

            members[0].Dispose();
            using var again = new Decider(Path.Combine(directory, "0"), ports, 0);
            Assert.Equal(decided[0], await again.DecideAsync("another"));
            members[1].Dispose();
            members[2].Dispose();
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>A write that fails is noticed where a message arrives, on a thread of nobody's: the caller must hear of it.</summary>
    [Fact]
    public async Task Who_waits_for_a_decision_hears_what_stopped_the_member()
    {
        string directory = Directory.CreateTempSubdirectory("quorate-synod").FullName;
        try
        {
            int[] ports = TestPorts.Take(3);
            Decider[] members = [.. ports.Select((_, i) => new Decider(Path.Combine(directory, $"{i}"), ports, i))];
            Task<string> decided = members[0].DecideAsync(new string('x', StateFile.CopyBytes)).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
            InvalidDataException failure = await Assert.ThrowsAsync<InvalidDataException>(() => decided);
            Assert.Contains("too large", failure.Message, StringComparison.Ordinal);
            Array.ForEach(members, m => m.Dispose());
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
