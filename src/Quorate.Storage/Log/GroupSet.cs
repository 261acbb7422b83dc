using Quorate.Consensus;

namespace Quorate.Storage.Records;

/// <summary>The groups of one log, by id.</summary>
internal sealed class GroupSet
{
    private readonly SortedList<uint, GroupLog> groups = [];

    /// <summary>All, in the order of their ids.</summary>
    public IList<GroupLog> All => groups.Values;

    /// <summary>The group, made where it is new.</summary>
    public GroupLog Of(GroupId group)
    {
        if (!groups.TryGetValue(group.Value, out GroupLog? found))
        {
            found = new GroupLog(group);
            groups.Add(group.Value, found);
        }

        return found;
    }
}
