using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>
/// The highest sequence taken from each member, so that a repeated or overtaken frame has no second effect. Kept for as long as
/// the process runs: an epoch ends with it, since no member leads twice in one. Owner: the loop.
/// </summary>
internal sealed class SequencesSeen
{
    private readonly List<Seen> members = [];

    /// <summary>Uses a sequence up.</summary>
    /// <returns>False when it was used before, or its sender has been started again since.</returns>
    public bool Use(NodeId member, InstanceId instance, uint startCount, ulong sequence)
    {
        for (int i = 0; i < members.Count; i++)
        {
            Seen last = members[i];
            if (last.Member != member || last.Instance != instance)
                continue;
            if (startCount < last.StartCount || (startCount == last.StartCount && sequence <= last.Sequence))
                return false;
            members[i] = last with { StartCount = startCount, Sequence = sequence };
            return true;
        }

        members.Add(new Seen(member, instance, startCount, sequence));
        return true;
    }

    private readonly record struct Seen(NodeId Member, InstanceId Instance, uint StartCount, ulong Sequence);
}
