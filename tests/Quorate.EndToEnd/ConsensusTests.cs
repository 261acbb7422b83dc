using System.Text.Json;
using Xunit;

namespace Quorate.EndToEnd;

/// <summary>The protocol is chosen at the first start and stays. What could depend on it is a theory over both: <see cref="EachEngineAttribute"/>.</summary>
public sealed class ConsensusTests
{
    [Fact]
    public async Task A_restart_goes_on_with_what_the_directory_records_and_another_protocol_is_refused()
    {
        using var directory = new TemporaryDirectory();
        string[] flags = Flags(directory["m"]);
        using (ServerProcess first = ServerProcess.Start([.. flags, "--consensus=multipaxos"]))
        {
            await first.WaitForAsync("ready to serve client requests");
            await first.KillAsync();
        }

        using (ServerProcess other = ServerProcess.Start([.. flags, "--consensus=raft"]))
        {
            Assert.Equal(1, await other.WaitForExitAsync());
            Assert.Contains(other.Lines, l => l.Contains($"{directory["m"]} was written by consensus engine multipaxos, not raft", StringComparison.Ordinal));
        }

        using (ServerProcess sizes = ServerProcess.Start([.. flags, "--phase1-quorum=1", "--phase2-quorum=1"]))
        {
            Assert.Equal(1, await sizes.WaitForExitAsync());
            Assert.Contains($"{directory["m"]} was started with majorities, for all of its cluster's life", sizes.Lines[^1], StringComparison.Ordinal);
        }

        using ServerProcess again = ServerProcess.Start(flags);
        await again.WaitForAsync("ready to serve client requests");
    }

    /// <summary>A lease rests on what the others wait for: who waits less would let another leader be elected within it.</summary>
    [Theory, EachEngine]
    public async Task Leases_stay_as_they_were_begun_and_so_does_the_election_timeout_then(string engine)
    {
        using var directory = new TemporaryDirectory();
        string[] flags = [.. Flags(directory["m"]), $"--consensus={engine}"];
        using (ServerProcess first = ServerProcess.Start([.. flags, "--lease-reads"]))
        {
            await first.WaitForAsync("ready to serve client requests");
            Assert.Contains(first.Lines, l => l.Contains($"\"consensus\":\"{engine} leases=1000\"", StringComparison.Ordinal));
            await first.KillAsync();
        }

        foreach ((string flag, string cause) in new[]
        {
            ("--lease-reads=false", "was started with leases, for all of its cluster's life"),
            ("--election-timeout=2000", "was started with leases, which rest on 1000 ms at every member"),
        })
        {
            using ServerProcess refused = ServerProcess.Start([.. flags, flag]);
            Assert.Equal(1, await refused.WaitForExitAsync());
            Assert.Contains(cause, refused.Lines[^1], StringComparison.Ordinal);
        }

        using ServerProcess again = ServerProcess.Start(flags);
        await again.WaitForAsync("ready to serve client requests");
    }

    [Theory, EachEngine]
    public async Task A_cluster_with_leases_serves_reads_from_every_member(string engine)
    {
        using var members = new ThreeMembers("--lease-reads") { Engine = engine };
        await members.StartAllAsync();
        await Etcdctl.RunAsync(members.Endpoint(0), "put", "k", "v");
        for (int i = 0; i < 3; i++)
            Assert.Equal("k\nv\n", await Etcdctl.RunAsync(members.Endpoint(i), "get", "k"));
    }

    /// <summary>Three promises and one acceptance: a write needs one disk, and what is on it no later leader can miss.</summary>
    [Fact]
    public async Task With_a_write_quorum_of_one_the_leader_serves_alone_and_the_next_one_has_it_all()
    {
        using var members = new ThreeMembers("--phase1-quorum=3", "--phase2-quorum=1") { Engine = "multipaxos" };
        await members.StartAllAsync();
        int leader = await members.LeaderAsync();
        int[] others = [(leader + 1) % 3, (leader + 2) % 3];
        foreach (int other in others)
            await members.Process(other).KillAsync();
        await Etcdctl.RunAsync(members.Endpoint(leader), "put", "alone", "v");
        Assert.Equal("alone\nv\n", await Etcdctl.RunAsync(members.Endpoint(leader), "get", "alone"));
        await members.Process(leader).KillAsync();

        await members.StartAllAsync();
        leader = await members.LeaderAsync();
        await Etcdctl.RunAsync(members.Endpoint(leader), "move-leader", await members.IdAsync(others[0] == leader ? others[1] : others[0]));
        for (int i = 0; i < 3; i++)
            Assert.Equal("alone\nv\n", await Etcdctl.RunAsync(members.Endpoint(i), "get", "alone"));
    }

    /// <summary>Clients take it for a number that only grows.</summary>
    [Theory, EachEngine]
    public async Task The_term_that_clients_see_grows_with_each_election(string engine)
    {
        using var members = new ThreeMembers { Engine = engine };
        await members.StartAllAsync();
        ulong before = 0;
        for (int election = 0; election < 3; election++)
        {
            int leader = await members.LeaderAsync();
            using (JsonDocument put = JsonDocument.Parse(await Etcdctl.RunAsync(members.Endpoint(leader), "put", "a", "1", "-w", "json")))
            {
                ulong term = put.RootElement.GetProperty("header").GetProperty("raft_term").GetUInt64();
                Assert.InRange(term, before + 1, 1000ul);
                before = term;
            }

            await Etcdctl.RunAsync(members.Endpoint(leader), "move-leader", await members.IdAsync((leader + 1) % 3));
        }
    }

    [Theory]
    [InlineData(2, 1, "quorums of 2 for phase 1 and 1 for phase 2 need not meet among 3 voters")]
    [InlineData(4, 2, "quorums of 4 for phase 1 and 2 for phase 2: there are only 3 voters")]
    public async Task Quorums_that_need_not_meet_are_refused(int phase1, int phase2, string cause)
    {
        using var directory = new TemporaryDirectory();
        string[] flags = Flags(directory["m"]);
        flags[^1] += ",o1=http://127.0.0.1:20001,o2=http://127.0.0.1:20002";
        using ServerProcess member = ServerProcess.Start([.. flags, "--consensus=multipaxos", $"--phase1-quorum={phase1}", $"--phase2-quorum={phase2}"]);
        Assert.Equal(1, await member.WaitForExitAsync());
        Assert.Contains($"--phase1-quorum, --phase2-quorum: {cause}", member.Lines[^1], StringComparison.Ordinal);
        Assert.False(Directory.Exists(directory["m"]));
    }

    /// <summary>One member of three is wiped and started with something else. Both sides say what runs where, and what was answered is there.</summary>
    [Theory]
    [InlineData("raft", "raft", "multipaxos", "--consensus=multipaxos")]
    [InlineData("multipaxos", "multipaxos", "raft", "--consensus=raft")]
    [InlineData("multipaxos", "multipaxos", "multipaxos 3/1", "--consensus=multipaxos", "--phase1-quorum=3", "--phase2-quorum=1")]
    [InlineData("raft", "raft", "raft leases=1000", "--consensus=raft", "--lease-reads")]
    public async Task Members_that_run_something_else_refuse_each_other_and_say_what(string engine, string here, string there, params string[] other)
    {
        using var members = new ThreeMembers { Engine = engine };
        await members.StartAllAsync();
        await Etcdctl.RunAsync(members.Endpoints, "put", "a", "1");
        int leader = await members.LeaderAsync();
        int wiped = (leader + 1) % 3; // the leader stays: a write is answered meanwhile
        await members.Process(wiped).KillAsync();
        Directory.Delete(members.DirectoryOf(wiped), recursive: true);
        using (ServerProcess stranger = members.StartUnsaid(wiped, other))
        {
            foreach (int member in Enumerable.Range(0, 3).Where(m => m != wiped))
                await members.Process(member).WaitForLineAsync($": it runs {there}, this member {here}; ");
            await stranger.WaitForLineAsync($": it runs {here}, this member {there}; ");
            await Etcdctl.RunAsync(members.Endpoint(leader), "put", "b", "2");
            await stranger.KillAsync();
        }

        Directory.Delete(members.DirectoryOf(wiped), recursive: true);
        members.Start(wiped, "--rejoin");
        await members.Process(wiped).WaitForAsync("a voter again, as a new instance");
        for (int member = 0; member < 3; member++)
            Assert.Equal("a\n1\nb\n2\n", await Etcdctl.RunAsync(members.Endpoint(member), "get", "", "--prefix"));
    }

    [Theory]
    [InlineData("raft", 256)]
    [InlineData("multipaxos", 32)]
    public async Task More_first_members_than_the_engine_counts_are_refused(string engine, int most)
    {
        using var directory = new TemporaryDirectory();
        string[] flags = [.. Flags(directory["m"]), $"--consensus={engine}"];
        flags[^2] += string.Concat(Enumerable.Range(1, most).Select(i => $",o{i}=http://127.0.0.1:{20000 + i}"));
        using ServerProcess member = ServerProcess.Start(flags);
        Assert.Equal(1, await member.WaitForExitAsync());
        Assert.Contains(
            member.Lines,
            l => l.Contains($"--initial-cluster: {most + 1} members, and consensus engine {engine} can count {most} voters", StringComparison.Ordinal));
    }

    private static string[] Flags(string directory)
    {
        int[] ports = ServerProcess.FreePorts(2);
        string client = $"http://127.0.0.1:{ports[0]}";
        string peer = $"http://127.0.0.1:{ports[1]}";
        return
        [
            "--name=m", $"--data-dir={directory}", $"--listen-client-urls={client}", $"--advertise-client-urls={client}",
            $"--listen-peer-urls={peer}", $"--initial-advertise-peer-urls={peer}", $"--initial-cluster=m={peer}",
        ];
    }
}
