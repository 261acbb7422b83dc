using System.Net;
using Quorate.Consensus;

namespace Quorate.Hosting;

/// <summary>Addresses of members as people write them.</summary>
internal static class PeerAddresses
{
    /// <summary>Where to listen: <c>ip:port</c>, <c>[ip6]:port</c>, <c>localhost:port</c>, or <c>:port</c> for every interface.</summary>
    /// <exception cref="NodeStartException">It is none.</exception>
    public static IReadOnlyList<EndPoint> Listen(string address)
    {
        if (IPEndPoint.TryParse(address, out IPEndPoint? known) && address.LastIndexOf(':') > address.LastIndexOf(']'))
            return [known];
        (string host, int port) = Split(address) ?? throw new NodeStartException($"not an address to listen on: {address}");
        return host switch
        {
            "" => [new IPEndPoint(IPAddress.Any, port)],
            "localhost" => [new IPEndPoint(IPAddress.Loopback, port)],
            _ => throw new NodeStartException($"an address to listen on names an interface by number: {address}"),
        };
    }

    /// <summary>Where a member is reached; a host name is resolved when it is dialed.</summary>
    public static IReadOnlyList<EndPoint> Of(Member member, Func<Member, string?> addressOf)
    {
        if (addressOf(member) is not { } address)
            return [];
        if (IPEndPoint.TryParse(address, out IPEndPoint? known))
            return [known];
        return Split(address) is ({ Length: > 0 } host, int port) ? [new DnsEndPoint(host, port)] : [];
    }

    private static (string Host, int Port)? Split(string address)
    {
        int colon = address.LastIndexOf(':');
        return colon >= 0 && ushort.TryParse(address.AsSpan(colon + 1), out ushort port) ? (address[..colon], port) : null;
    }
}
