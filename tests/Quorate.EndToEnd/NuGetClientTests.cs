using dotnet_etcd;
using Etcdserverpb;
using Google.Protobuf;
using Grpc.Core;
using Xunit;

namespace Quorate.EndToEnd;

/// <summary>The NuGet client <c>dotnet-etcd</c>, on Raft.</summary>
public sealed class NuGetClientOnRaftTests(OneRaftMember member) : NuGetClientTests(member), IClassFixture<OneRaftMember>;

/// <summary>The NuGet client <c>dotnet-etcd</c>, on Multi-Paxos.</summary>
public sealed class NuGetClientOnMultiPaxosTests(OneMultiPaxosMember member) : NuGetClientTests(member), IClassFixture<OneMultiPaxosMember>;

/// <summary>The NuGet client <c>dotnet-etcd</c>.</summary>
public abstract class NuGetClientTests(OneMember member) : IDisposable
{
    private readonly EtcdClient client = new(
        $"http://{member.Endpoint}", configureChannelOptions: options => options.Credentials = ChannelCredentials.Insecure);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    public void Dispose()
    {
        client.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Puts_gets_and_deletes()
    {
        PutResponse put = await client.PutAsync("n/key", "value", cancellationToken: Stop);
        RangeResponse range = await client.GetAsync("n/key", cancellationToken: Stop);
        Assert.Equal("value", range.Kvs[0].Value.ToStringUtf8());
        Assert.Equal(put.Header.Revision, range.Kvs[0].ModRevision);
        await client.PutAsync("n/other", "2", cancellationToken: Stop);
        Assert.Equal(2, (await client.GetRangeAsync("n/", cancellationToken: Stop)).Count);
        Assert.Equal(1, (await client.DeleteAsync("n/key", cancellationToken: Stop)).Deleted);
        Assert.Equal("", await client.GetValAsync("n/key", cancellationToken: Stop));
    }

    [Fact]
    public async Task Transactions()
    {
        await client.PutAsync("t/key", "1", cancellationToken: Stop);
        ByteString key = ByteString.CopyFromUtf8("t/key");
        var swap = new TxnRequest();
        swap.Compare.Add(new Compare
        {
            Key = key,
            Result = Compare.Types.CompareResult.Equal,
            Target = Compare.Types.CompareTarget.Value,
            Value = ByteString.CopyFromUtf8("1"),
        });
        swap.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = key, Value = ByteString.CopyFromUtf8("2") } });
        swap.Failure.Add(new RequestOp { RequestRange = new RangeRequest { Key = key } });
        Assert.True((await client.TransactionAsync(swap, cancellationToken: Stop)).Succeeded);
        TxnResponse again = await client.TransactionAsync(swap, cancellationToken: Stop);
        Assert.False(again.Succeeded);
        Assert.Equal("2", again.Responses[0].ResponseRange.Kvs[0].Value.ToStringUtf8());
    }

    [Fact]
    public async Task Compaction()
    {
        long first = (await client.PutAsync("c/key", "1", cancellationToken: Stop)).Header.Revision;
        long second = (await client.PutAsync("c/key", "2", cancellationToken: Stop)).Header.Revision;
        await client.CompactAsync(new CompactionRequest { Revision = second }, cancellationToken: Stop);
        RpcException refused = await Assert.ThrowsAsync<RpcException>(async () => await client.GetAsync(
            new RangeRequest { Key = ByteString.CopyFromUtf8("c/key"), Revision = first }, cancellationToken: Stop));
        Assert.Equal(StatusCode.OutOfRange, refused.StatusCode);
        Assert.Equal("etcdserver: mvcc: required revision has been compacted", refused.Status.Detail);
    }

    [Fact]
    public async Task Status_and_members()
    {
        StatusResponse status = await client.StatusAsync(new StatusRequest(), cancellationToken: Stop);
        Assert.Equal(status.Header.MemberId, status.Leader);
        MemberListResponse members = await client.MemberListAsync(new MemberListRequest(), cancellationToken: Stop);
        Member only = Assert.Single(members.Members);
        Assert.Equal("m1", only.Name);
        Assert.Equal(status.Leader, only.ID);
    }
}
