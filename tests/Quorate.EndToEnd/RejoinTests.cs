using Xunit;

namespace Quorate.EndToEnd;

/// <summary>A member that lost its promises comes back by <c>serve --rejoin</c>, and only so; nothing that was answered is lost.</summary>
public sealed class RejoinTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_damaged_hard_state_stops_a_member_and_rejoin_brings_it_back(bool wiped)
    {
        using var members = new ThreeMembers();
        await members.StartAllAsync();
        await Etcdctl.RunAsync(members.Endpoints, "put", "before", "1");
        await members.Process(1).KillAsync();
        await members.LeaderAsync();
        await Etcdctl.RunAsync(members.Endpoint(0), "put", "meanwhile", "2");

        string directory = members.DirectoryOf(1);
        if (wiped)
        {
            Directory.Delete(directory, recursive: true);
        }
        else
        {
            string state = Path.Combine(directory, "state");
            await File.WriteAllBytesAsync(state, new byte[new FileInfo(state).Length], TestContext.Current.CancellationToken);
            members.Start(1);
            Assert.Equal(1, await members.Process(1).WaitForExitAsync());
            Assert.Contains(members.Process(1).Lines, l => l.Contains("the file state (term and vote) is damaged in both copies", StringComparison.Ordinal));
            Assert.DoesNotContain(members.Process(1).Lines, l => l.Contains("   at ", StringComparison.Ordinal)); // no stack trace
        }

        members.Start(1, "--rejoin");
        await members.Process(1).WaitForAsync("a voter again, as a new instance");
        Assert.Equal(!wiped, Directory.Exists($"{directory}.damaged-1"));

        // Without the first member the quorum needs the new instance, and it has all that was answered.
        await members.Process(0).KillAsync();
        await members.LeaderAsync();
        await Etcdctl.RunAsync(members.Endpoint(1), "put", "after", "3");
        string all = await Etcdctl.RunAsync(members.Endpoint(1), "get", "", "--prefix");
        Assert.Equal("after\n3\nbefore\n1\nmeanwhile\n2\n", all);
    }

    [Fact]
    public async Task On_a_whole_directory_rejoin_does_nothing_but_say_so()
    {
        using var members = new ThreeMembers();
        await members.StartAllAsync();
        await members.Process(2).KillAsync();
        members.Start(2, "--rejoin");
        await members.Process(2).WaitForAsync($"--rejoin: {members.DirectoryOf(2)} is whole: there was nothing to do");
        await members.Process(2).WaitForAsync("ready to serve client requests");
        Assert.False(Directory.Exists($"{members.DirectoryOf(2)}.damaged-1"));
    }
}
