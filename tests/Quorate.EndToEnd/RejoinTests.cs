using Xunit;

namespace Quorate.EndToEnd;

/// <summary>A member that lost its promises comes back by <c>serve --rejoin</c>, and only so; nothing that was answered is lost.</summary>
public sealed class RejoinTests
{
    [Theory]
    [EachEngine(false)]
    [EachEngine(true)]
    public async Task A_damaged_hard_state_stops_a_member_and_rejoin_brings_it_back(string engine, bool wiped)
    {
        using var members = new ThreeMembers { Engine = engine };
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

    /// <summary>Whose directory nobody can tell, what it ran nobody can either: a member of the default engine would wait for ever among others.</summary>
    [Theory, EachEngine]
    public async Task Without_its_identity_a_member_is_told_to_say_what_it_ran(string engine)
    {
        using var members = new ThreeMembers { Engine = engine };
        await members.StartAllAsync();
        await members.Process(1).KillAsync();
        await File.WriteAllBytesAsync(Path.Combine(members.DirectoryOf(1), "identity"), new byte[8192], TestContext.Current.CancellationToken);
        using (ServerProcess unsaid = members.StartUnsaid(1, "--rejoin"))
        {
            Assert.Equal(1, await unsaid.WaitForExitAsync());
            Assert.Contains("does not say what this member ran: give --consensus", unsaid.Lines[^1], StringComparison.Ordinal);
        }

        members.Start(1, "--rejoin");
        await members.Process(1).WaitForAsync("a voter again, as a new instance");
    }

    [Theory, EachEngine]
    public async Task On_a_whole_directory_rejoin_does_nothing_but_say_so(string engine)
    {
        using var members = new ThreeMembers { Engine = engine };
        await members.StartAllAsync();
        await members.Process(2).KillAsync();
        members.Start(2, "--rejoin");
        await members.Process(2).WaitForAsync($"--rejoin: {members.DirectoryOf(2)} is whole: nothing was set aside");
        await members.Process(2).WaitForAsync("ready to serve client requests");
        await Etcdctl.RunAsync(members.Endpoint(2), "put", "a", "1");
        Assert.DoesNotContain(members.Process(2).Lines, l => l.Contains("as a new instance", StringComparison.Ordinal));
        Assert.False(Directory.Exists($"{members.DirectoryOf(2)}.damaged-1"));
    }

    /// <summary>As in a container, where the data directory is a volume's root: that cannot be renamed.</summary>
    [Theory, EachEngine]
    public async Task On_a_mount_point_what_is_damaged_is_set_aside_below_it(string engine)
    {
        using var disk = new SmallDisk(400); // two logs of two segments each
        Assert.SkipUnless(disk.IsMountPoint, "nothing can be mounted in this process's own namespace");
        using var members = new ThreeMembers { Engine = engine, Directories = { [1] = disk.Path } };
        await members.StartAllAsync();
        await Etcdctl.RunAsync(members.Endpoints, "put", "before", "1");
        await members.Process(1).KillAsync();
        await members.LeaderAsync();
        string state = Path.Combine(disk.Path, "state");
        byte[] damaged = new byte[new FileInfo(state).Length];
        await File.WriteAllBytesAsync(state, damaged, TestContext.Current.CancellationToken);

        members.Start(1, "--rejoin");
        string aside = Path.Combine(disk.Path, "damaged-1");
        await members.Process(1).WaitForLineAsync($"--rejoin: it was set aside as {aside}, ");
        await members.Process(1).WaitForAsync("a voter again, as a new instance");
        Assert.Equal(damaged, await File.ReadAllBytesAsync(Path.Combine(aside, "state"), TestContext.Current.CancellationToken));
        Assert.True(File.Exists(Path.Combine(aside, "identity")));
        await members.Process(1).KillAsync();

        members.Start(1);
        await members.Process(1).WaitForAsync("ready to serve client requests");
        Assert.Equal("before\n1\n", await Etcdctl.RunAsync(members.Endpoint(1), "get", "before"));
    }

    /// <summary>Nobody waits for ever for a cluster that there never was.</summary>
    [Theory]
    [EachEngine(3)]
    [EachEngine(1)]
    public async Task Before_a_cluster_has_begun_rejoin_is_refused(string engine, int asking)
    {
        using var members = new ThreeMembers { Engine = engine };
        for (int i = 0; i < 3; i++)
            members.Start(i, i < asking ? ["--rejoin"] : []);
        for (int i = 0; i < asking; i++)
        {
            Assert.Equal(1, await members.Process(i).WaitForExitAsync());
            Assert.Contains("nobody can take this member back", members.Process(i).Lines[^1], StringComparison.Ordinal);
        }
    }

    [Theory, EachEngine]
    public async Task A_member_alone_has_nobody_to_take_it_back(string engine)
    {
        using var directory = new TemporaryDirectory();
        using var member = ServerProcess.Start(
            "--data-dir", directory["m1"], "--listen-client-urls=http://127.0.0.1:0", "--advertise-client-urls=http://127.0.0.1:2379",
            "--listen-peer-urls=http://127.0.0.1:0", "--rejoin", $"--consensus={engine}");
        Assert.Equal(1, await member.WaitForExitAsync());
        Assert.Contains("this member is the only one", member.Lines[^1], StringComparison.Ordinal);
        Assert.False(Directory.Exists(directory["m1"]));
    }

    /// <summary>A first start that was killed leaves a directory without an identity.</summary>
    [Theory, EachEngine]
    public async Task A_member_alone_goes_on_with_a_start_that_was_interrupted_and_says_so(string engine)
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory["m1/log"]);
        using var member = ServerProcess.Start(
            "--data-dir", directory["m1"], "--listen-client-urls=http://127.0.0.1:0", "--advertise-client-urls=http://127.0.0.1:2379",
            "--listen-peer-urls=http://127.0.0.1:0", "--rejoin", $"--consensus={engine}");
        await member.WaitForAsync($"--rejoin: {directory["m1"]} held nothing but an unfinished first start");
        await member.WaitForAsync("ready to serve client requests");
        Assert.DoesNotContain(member.Lines, l => l.Contains("asks the others", StringComparison.Ordinal));
    }
}
