using System.Text.Json;
using Google.Protobuf;
using Quorate.Protocol.Etcdserverpb;
using Xunit;

namespace Quorate.EndToEnd;

/// <summary>Compaction; on a member of its own, since it takes other tests' history away, on Raft.</summary>
public sealed class CompactionOnRaftTests(OneRaftMember member) : CompactionTests(member), IClassFixture<OneRaftMember>;

/// <summary>Compaction; on a member of its own, since it takes other tests' history away, on Multi-Paxos.</summary>
public sealed class CompactionOnMultiPaxosTests(OneMultiPaxosMember member) : CompactionTests(member), IClassFixture<OneMultiPaxosMember>;

/// <summary>Compaction; on a member of its own, since it takes other tests' history away.</summary>
public abstract class CompactionTests(OneMember member)
{
    [Fact]
    public async Task Compaction_takes_old_revisions_away()
    {
        for (int i = 0; i < 5; i++)
            await Etcdctl.RunAsync(member.Endpoint, "put", "k", $"{i}");
        using JsonDocument json = JsonDocument.Parse(await Etcdctl.RunAsync(member.Endpoint, "get", "k", "-w", "json"));
        long revision = json.RootElement.GetProperty("header").GetProperty("revision").GetInt64();
        Assert.Contains("compacted", await Etcdctl.RunAsync(member.Endpoint, "compaction", $"{revision - 1}"), StringComparison.Ordinal);
        Assert.Equal("k\n3\n", await Etcdctl.RunAsync(member.Endpoint, "get", "k", $"--rev={revision - 1}"));
        (int code, _, string error) = await Etcdctl.TryAsync(member.Endpoint, null, "get", "k", $"--rev={revision - 2}");
        Assert.NotEqual(0, code);
        Assert.Contains("etcdserver: mvcc: required revision has been compacted", error, StringComparison.Ordinal);
        (code, _, error) = await Etcdctl.TryAsync(member.Endpoint, null, "compaction", $"{revision - 1}");
        Assert.NotEqual(0, code);
        Assert.Contains("etcdserver: mvcc: required revision has been compacted", error, StringComparison.Ordinal);
        Assert.Contains(
            "compacted", await Etcdctl.RunAsync(member.Endpoint, "compaction", $"{revision}", "--physical"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_physical_compaction_is_answered_when_the_old_data_is_gone()
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        var kv = new KV.KVClient(member.Channel);
        var maintenance = new Maintenance.MaintenanceClient(member.Channel);
        var txn = new TxnRequest();
        for (int i = 0; i < 100; i++)
        {
            var put = new PutRequest { Key = ByteString.CopyFromUtf8($"p/{i}"), Value = ByteString.CopyFrom(new byte[1000]) };
            txn.Success.Add(new RequestOp { RequestPut = put });
        }

        long revision = 0;
        for (int i = 0; i < 200; i++)
            revision = (await kv.TxnAsync(txn, cancellationToken: stop)).Header.Revision;
        long before = (await maintenance.StatusAsync(new StatusRequest(), cancellationToken: stop)).DbSize;
        Assert.True(before > 20_000_000, $"{before} bytes");

        await kv.CompactAsync(new CompactionRequest { Revision = revision, Physical = true }, cancellationToken: stop);

        // What is alive, and the segment that was not full yet.
        long after = (await maintenance.StatusAsync(new StatusRequest(), cancellationToken: stop)).DbSize;
        Assert.True(after < 3_000_000, $"{after} bytes after, {before} before");
    }
}
