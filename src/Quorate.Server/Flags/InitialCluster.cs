namespace Quorate.Server.Flags;

/// <summary>A member of the first configuration.</summary>
/// <param name="Name">Its name.</param>
/// <param name="PeerUrls">Where its peers reach it, sorted.</param>
public sealed record InitialMember(string Name, IReadOnlyList<EtcdUrl> PeerUrls);

/// <summary>Reads <c>--initial-cluster</c>.</summary>
internal static class InitialCluster
{
    /// <summary>Reads <c>m1=http://a:2380,m2=http://b:2380</c>; a name may come again with a further URL.</summary>
    /// <exception cref="ConfigurationException">It is malformed.</exception>
    public static IReadOnlyList<InitialMember> Parse(string text)
    {
        var byName = new SortedDictionary<string, List<EtcdUrl>>(StringComparer.Ordinal);
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (part.Length == 0)
                continue;
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw ConfigurationException.Refused($"--initial-cluster: '{part}' is not name=url");
            if (!byName.TryGetValue(part[..equals], out List<EtcdUrl>? urls))
                byName.Add(part[..equals], urls = []);
            urls.Add(EtcdUrl.Parse(part[(equals + 1)..], "initial-cluster", listen: false));
        }

        if (byName.Count == 0)
            throw ConfigurationException.Refused("--initial-cluster: no member given");
        foreach (IGrouping<string, EtcdUrl> same in byName.Values.SelectMany(u => u).GroupBy(u => u.Text))
        {
            if (same.Count() > 1)
                throw ConfigurationException.Refused($"--initial-cluster: {same.Key} is given twice");
        }

        return [.. byName.Select(m => new InitialMember(m.Key, [.. m.Value.OrderBy(u => u.Text, StringComparer.Ordinal)]))];
    }
}
