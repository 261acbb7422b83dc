using Quorate.Consensus;
using Quorate.Server.Identity;
using Xunit;

namespace Quorate.Tests.Server;

/// <summary>Ids as etcd computes them.</summary>
public sealed class IdentityTests
{
    /// <summary>What every etcd started without flags calls itself.</summary>
    [Fact]
    public void The_default_member_and_cluster_have_etcds_ids()
    {
        NodeId member = ClusterIdentity.MemberId(["http://localhost:2380"], "etcd-cluster");
        Assert.Equal("8e9e05c52164694d", member.ToString());
        Assert.Equal("cdf818194e3a8c32", ClusterIdentity.ClusterId([member]).ToString("x"));
    }

    [Fact]
    public void Order_does_not_matter()
    {
        NodeId one = ClusterIdentity.MemberId(["http://a:1", "http://b:2"], "t");
        NodeId two = ClusterIdentity.MemberId(["http://b:2", "http://a:1"], "t");
        Assert.Equal(one, two);
        NodeId other = ClusterIdentity.MemberId(["http://c:3"], "t");
        Assert.Equal(ClusterIdentity.ClusterId([one, other]), ClusterIdentity.ClusterId([other, one]));
    }

    [Fact]
    public void What_is_published_comes_back()
    {
        byte[] context = MemberContext.Write(["http://127.0.0.1:2380"], "m1", ["http://127.0.0.1:2379"]);
        var member = new Member(new NodeId(7), InstanceId.Open, MemberRole.Learner, context);
        var read = MemberContext.Read(member);
        Assert.Equal((7UL, "m1", true), (read.ID, read.Name, read.IsLearner));
        Assert.Equal("127.0.0.1:2380", MemberContext.PeerAddress(member));
    }
}
