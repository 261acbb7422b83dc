using System.Text.Json;
using Xunit;

namespace Quorate.EndToEnd;

/// <summary>Compaction; on a member of its own, since it takes other tests' history away.</summary>
public sealed class CompactionTests(OneMember member) : IClassFixture<OneMember>
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
}
