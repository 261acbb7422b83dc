using System.Text.Json;
using Xunit;

namespace Quorate.EndToEnd;

/// <summary>Everyday use through etcd's own client, on Raft.</summary>
public sealed class EtcdctlOnRaftTests(OneRaftMember member) : EtcdctlTests(member), IClassFixture<OneRaftMember>;

/// <summary>Everyday use through etcd's own client, on Multi-Paxos.</summary>
public sealed class EtcdctlOnMultiPaxosTests(OneMultiPaxosMember member) : EtcdctlTests(member), IClassFixture<OneMultiPaxosMember>;

/// <summary>Everyday use through etcd's own client.</summary>
public abstract class EtcdctlTests(OneMember member)
{
    private Task<string> Run(params string[] arguments) => Etcdctl.RunAsync(member.Endpoint, arguments);

    [Fact]
    public async Task Put_then_get()
    {
        Assert.Equal("OK\n", await Run("put", "greeting", "hello"));
        Assert.Equal("greeting\nhello\n", await Run("get", "greeting"));
        Assert.Equal("hello\n", await Run("get", "greeting", "--print-value-only"));
        Assert.Equal("", await Run("get", "nobody"));
        Assert.Equal("OK\ngreeting\nhello\n", await Run("put", "greeting", "goodbye", "--prev-kv"));
        Assert.Equal("OK\n", await Run("put", "greeting", "--ignore-value"));
        Assert.Equal("greeting\ngoodbye\n", await Run("get", "greeting", "--consistency=s"));
    }

    [Fact]
    public async Task Get_with_every_flag()
    {
        foreach ((string key, string value) in ((string, string)[])[("f/a", "3"), ("f/b", "1"), ("f/c", "2")])
            await Run("put", key, value);
        await Run("put", "f/a", "4");
        Assert.Equal("f/a\n4\nf/b\n1\nf/c\n2\n", await Run("get", "f/", "--prefix"));
        Assert.Equal("f/a\n4\nf/b\n1\n", await Run("get", "f/", "--prefix", "--limit=2"));
        Assert.Equal("f/c\n2\nf/b\n1\nf/a\n4\n", await Run("get", "f/", "--prefix", "--order=DESCEND"));
        Assert.Equal("f/b\n1\nf/c\n2\nf/a\n4\n", await Run("get", "f/", "--prefix", "--sort-by=VALUE", "--order=ASCEND"));
        Assert.Equal("f/a\n\nf/b\n\nf/c\n\n", await Run("get", "f/", "--prefix", "--keys-only"));
        Assert.Equal("f/a\n4\n", await Run("get", "f/a", "f/b"));
        Assert.Equal("f/b\n1\nf/c\n2\n", await Run("get", "f/b", "f0"));
        Assert.Contains("f/c", await Run("get", "f/b", "--from-key"), StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(await Run("get", "f/a", "-w", "json"));
        long revision = json.RootElement.GetProperty("kvs")[0].GetProperty("create_revision").GetInt64();
        Assert.Equal("f/a\n3\n", await Run("get", "f/a", $"--rev={revision}"));
    }

    [Fact]
    public async Task Del()
    {
        foreach (string key in (string[])["d/a", "d/b", "d/c"])
            await Run("put", key, key);
        Assert.Equal("1\nd/a\nd/a\n", await Run("del", "d/a", "--prev-kv"));
        Assert.Equal("2\n", await Run("del", "d/", "--prefix"));
        Assert.Equal("0\n", await Run("del", "d/", "--prefix"));
        Assert.Equal("", await Run("get", "d/", "--prefix"));
    }

    [Fact]
    public async Task Txn()
    {
        await Run("put", "t/user", "ada");
        const string txn = "value(\"t/user\") = \"ada\"\n\nput t/seen yes\nget t/user\n\nput t/seen no\n\n";
        (int code, string output, string error) = await Etcdctl.TryAsync(member.Endpoint, txn, "txn");
        Assert.True(code == 0, error);
        Assert.StartsWith("SUCCESS", output, StringComparison.Ordinal);
        Assert.Contains("t/user\nada", output, StringComparison.Ordinal);
        Assert.Equal("t/seen\nyes\n", await Run("get", "t/seen"));
        (_, output, _) = await Etcdctl.TryAsync(member.Endpoint, txn.Replace("\"ada\"", "\"bob\"", StringComparison.Ordinal), "txn");
        Assert.StartsWith("FAILURE", output, StringComparison.Ordinal);
        Assert.Equal("t/seen\nno\n", await Run("get", "t/seen"));
    }

    [Fact]
    public async Task Status_health_and_members()
    {
        using JsonDocument status = JsonDocument.Parse(await Run("endpoint", "status", "-w", "json"));
        JsonElement said = status.RootElement[0].GetProperty("Status");
        Assert.Equal("3.7.1", said.GetProperty("version").GetString());
        Assert.Equal(said.GetProperty("header").GetProperty("member_id").GetUInt64(), said.GetProperty("leader").GetUInt64());
        // 3.4 says it on stderr, 3.5 on stdout.
        (int code, string output, string error) = await Etcdctl.TryAsync(member.Endpoint, null, "endpoint", "health");
        Assert.Equal(0, code);
        Assert.Contains("is healthy", output + error, StringComparison.Ordinal);
        using JsonDocument members = JsonDocument.Parse(await Run("member", "list", "-w", "json"));
        JsonElement one = Assert.Single(members.RootElement.GetProperty("members").EnumerateArray());
        Assert.Equal("m1", one.GetProperty("name").GetString());
        Assert.Equal("http://127.0.0.1:2379", one.GetProperty("clientURLs")[0].GetString());
        Assert.Equal("http://localhost:2380", one.GetProperty("peerURLs")[0].GetString());
    }

    [Theory]
    [InlineData("key is not provided", "put", "", "x")]
    [InlineData("mvcc: required revision is a future revision", "get", "x", "--rev=1000000")]
    [InlineData("mvcc: required revision is a future revision", "compaction", "1000000")]
    [InlineData("requested lease not found", "put", "x", "y", "--lease=7")]
    [InlineData("key not found", "put", "nowhere", "--ignore-value")]
    public async Task Errors(string text, params string[] arguments)
    {
        (int code, _, string error) = await Etcdctl.TryAsync(member.Endpoint, null, arguments);
        Assert.NotEqual(0, code);
        Assert.Contains($"etcdserver: {text}", error, StringComparison.Ordinal);
    }
}
