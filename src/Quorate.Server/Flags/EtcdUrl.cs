using System.Globalization;
using System.Net;

namespace Quorate.Server.Flags;

/// <summary>A listen or advertise URL. Its text is kept as written: member ids are made from it.</summary>
/// <param name="Text">Without a slash at its end.</param>
/// <param name="Host">A name or an address, without brackets.</param>
/// <param name="Port">0 = any free one.</param>
public sealed record EtcdUrl(string Text, string Host, int Port)
{
    /// <summary>Reads a list of URLs, divided by commas.</summary>
    /// <param name="list">As written.</param>
    /// <param name="flag">Where, for the error.</param>
    /// <param name="listen">Whether we are to listen there: then the host must be an address or localhost.</param>
    /// <exception cref="ConfigurationException">One of them is malformed, or of a scheme that is not built.</exception>
    public static EtcdUrl[] ParseList(string list, string flag, bool listen)
    {
        EtcdUrl[] urls = [.. list.Split(',', StringSplitOptions.TrimEntries).Where(t => t.Length > 0).Select(t => Parse(t, flag, listen))];
        return urls.Length > 0 ? urls : throw ConfigurationException.Refused($"--{flag}: no URL given");
    }

    /// <summary>Reads one.</summary>
    /// <exception cref="ConfigurationException">It is malformed, or of a scheme that is not built.</exception>
    public static EtcdUrl Parse(string text, string flag, bool listen)
    {
        ConfigurationException Bad(string why) => ConfigurationException.Refused($"--{flag}: {text}: {why}");
        int scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
            throw Bad("a URL must have a scheme (http://host:port)");
        switch (text[..scheme])
        {
            case "http":
                break;
            case "https":
                throw Bad("TLS is not built yet");
            case "unix" or "unixs":
                throw Bad("unix sockets are not built yet");
            default:
                throw Bad("the scheme must be http, https, unix or unixs");
        }

        string rest = text[(scheme + 3)..];
        if (rest.EndsWith('/') && rest.IndexOf('/', StringComparison.Ordinal) == rest.Length - 1)
            rest = rest[..^1];
        if (rest.AsSpan().IndexOfAny("/?#@ ") >= 0)
            throw Bad("a URL must be scheme://host:port and nothing more");
        int colon = rest.LastIndexOf(':');
        if (colon <= 0 || rest.EndsWith(']'))
            throw Bad("a URL must name a port");
        string host = rest[..colon];
        if (host.StartsWith('[') && host.EndsWith(']'))
            host = host[1..^1];
        else if (host.Contains(':', StringComparison.Ordinal))
            throw Bad("an IPv6 address stands in brackets");
        if (!ushort.TryParse(rest.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
            throw Bad("the port must be a number up to 65535");
        if (listen && host != "localhost" && !IPAddress.TryParse(host, out _))
            throw Bad("a host to listen on must be an IP address or localhost");
        return new EtcdUrl(text[..(scheme + 3)] + rest, host, port);
    }

    /// <summary>The addresses to bind; localhost means IPv4's loopback.</summary>
    public IPEndPoint EndPoint => new(Host == "localhost" ? IPAddress.Loopback : IPAddress.Parse(Host), Port);

    /// <inheritdoc/>
    public override string ToString() => Text;
}
