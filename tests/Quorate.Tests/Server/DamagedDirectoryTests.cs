using Quorate.Consensus;
using Quorate.Examples;
using Quorate.Hosting;
using Quorate.Server;
using Xunit;

namespace Quorate.Tests.Server;

/// <summary>What <c>--rejoin</c> sets aside.</summary>
public sealed class DamagedDirectoryTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("quorate-damaged").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string DataDirectory => Path.Combine(directory, "m");

    public void Dispose() => Directory.Delete(directory, recursive: true);

    /// <summary>A crash between any two of the moves, and a start without the flag: never a member that has forgotten a part of what it promised.</summary>
    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public async Task A_directory_that_is_half_set_aside_is_damaged_until_all_of_it_is_gone(string engine)
    {
        InstanceId first = await RunOnceAsync(engine);
        Assert.Equal(first, await RunOnceAsync(engine));
        string aside = Path.Combine(DataDirectory, "damaged-1");
        Directory.CreateDirectory(aside);
        string[] there = [.. DamagedDirectory.Contents.Where(name => Path.Exists(Path.Combine(DataDirectory, name)))];
        Assert.Equal(["state", "first-configuration", "log", "snap", "identity"], there);
        foreach (string name in there)
        {
            if (name != there[0])
                Assert.True((await Assert.ThrowsAsync<NodeStartException>(() => RunOnceAsync(engine))).IsDamaged);
            Directory.Move(Path.Combine(DataDirectory, name), Path.Combine(aside, name));
        }

        Assert.NotEqual(first, await RunOnceAsync(engine));
        Assert.Equal(there.Order(), Directory.GetFileSystemEntries(aside).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_directory_of_which_nothing_can_be_moved_is_refused_in_one_line_that_says_what_to_do()
    {
        NodeStartException refused = Assert.Throws<NodeStartException>(() => DamagedDirectory.SetAside("/proc/self"));
        Assert.StartsWith("/proc/self can neither be renamed", refused.Message, StringComparison.Ordinal);
        Assert.Contains("move them elsewhere by hand", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    private async Task<InstanceId> RunOnceAsync(string engine)
    {
        var options = new NodeOptions
        {
            Self = new NodeId(1),
            ClusterId = 0xC3,
            DataDirectory = DataDirectory,
            FirstConfiguration = new Configuration([new Member(new NodeId(1), InstanceId.Open, MemberRole.Voter, default)], []),
            PeerListen = "127.0.0.1:0",
            SegmentBytes = 1 << 20,
        };
        await using QuorateNode node = await QuorateNode.StartAsync(
            options, Quorate.Server.Engines.Of(engine), new CounterMachine(), cancellation: Cancellation);
        await node.ReadBarrierAsync(Cancellation);
        return node.Instance;
    }
}
