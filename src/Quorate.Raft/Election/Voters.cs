using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>Who votes in a configuration.</summary>
internal static class Voters
{
    /// <summary>The ids of both halves, each once, in order. A new list: elections are rare.</summary>
    public static List<NodeId> Of(Configuration configuration)
    {
        var ids = new List<NodeId>();
        foreach (Member member in configuration.Voters)
            ids.Add(member.Id);
        foreach (Member member in configuration.Outgoing)
        {
            if (!ids.Contains(member.Id))
                ids.Add(member.Id);
        }

        ids.Sort();
        return ids;
    }
}
