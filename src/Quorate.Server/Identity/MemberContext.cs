using Google.Protobuf;
using EtcdMember = Quorate.Protocol.Etcdserverpb.Member;
using Member = Quorate.Consensus.Member;

namespace Quorate.Server.Identity;

/// <summary>
/// What the server keeps with a member in the configuration, which cores carry and do not read: its peer URLs from the start, its name and
/// client URLs once it has published them. Written as etcd's Member message without id and role.
/// </summary>
internal static class MemberContext
{
    /// <summary>The bytes for these.</summary>
    public static byte[] Write(IEnumerable<string> peerUrls, string name = "", IEnumerable<string>? clientUrls = null)
    {
        var member = new EtcdMember { Name = name };
        member.PeerURLs.AddRange(peerUrls);
        member.ClientURLs.AddRange(clientUrls ?? []);
        return member.ToByteArray();
    }

    /// <summary>The member as MemberList answers it.</summary>
    /// <exception cref="InvalidDataException">The configuration holds something else.</exception>
    public static EtcdMember Read(Member member)
    {
        EtcdMember read;
        try
        {
            read = EtcdMember.Parser.ParseFrom(member.Context.Span);
        }
        catch (InvalidProtocolBufferException malformed)
        {
            throw new InvalidDataException($"member {member.Id}: its addresses cannot be read", malformed);
        }

        read.ID = member.Id.Value;
        read.IsLearner = member.Role == Consensus.MemberRole.Learner;
        return read;
    }

    /// <summary>Where a member is reached by its peers, <c>host:port</c>; null when it says nothing.</summary>
    public static string? PeerAddress(Member member)
    {
        EtcdMember read = Read(member);
        if (read.PeerURLs.Count == 0)
            return null;
        string url = read.PeerURLs[0];
        return url[(url.IndexOf("://", StringComparison.Ordinal) + 3)..];
    }
}
