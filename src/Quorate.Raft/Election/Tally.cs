using System.Collections.Immutable;
using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>
/// The votes of one election. A vote counts only in a half of the configuration that names its instance: the vote that a wiped disk
/// has forgotten is nobody's (Raft §6: a joint election needs both majorities).
/// </summary>
internal sealed class Tally
{
    private readonly List<Vote> votes = [];

    /// <summary>A new election.</summary>
    public void Clear() => votes.Clear();

    /// <summary>Counts an answer, once for each member.</summary>
    public void Add(NodeId id, InstanceId instance, bool granted)
    {
        int at = 0;
        while (at < votes.Count && votes[at].Id.CompareTo(id) < 0)
            at++;
        if (at < votes.Count && votes[at].Id == id)
            return;
        votes.Insert(at, new Vote(id, instance, granted));
    }

    /// <summary>A majority of each half granted its vote.</summary>
    public bool IsWon(Configuration configuration) =>
        HasMajority(configuration.Voters, granted: true)
        && (!configuration.IsJoint || HasMajority(configuration.Outgoing, granted: true));

    /// <summary>So many refused that it cannot be won any more.</summary>
    public bool IsLost(Configuration configuration) =>
        IsBlocked(configuration.Voters) || (configuration.IsJoint && IsBlocked(configuration.Outgoing));

    /// <summary>Part of the canonical state.</summary>
    public void WriteState(StateWriter state)
    {
        state.Int64(votes.Count);
        foreach (Vote vote in votes)
        {
            state.UInt64(vote.Id.Value);
            state.UInt64(vote.Instance.Value);
            state.Bool(vote.Granted);
        }
    }

    /// <summary>Reads what <see cref="WriteState"/> wrote.</summary>
    public void ReadState(ref StateReader state)
    {
        votes.Clear();
        for (long count = state.Int64(); count > 0; count--)
            votes.Add(new Vote(state.Node(), new InstanceId(state.UInt64()), state.Bool()));
    }

    private bool HasMajority(ImmutableArray<Member> half, bool granted) => CountIn(half, granted) > half.Length / 2;

    private bool IsBlocked(ImmutableArray<Member> half) => half.Length - CountIn(half, granted: false) <= half.Length / 2;

    private int CountIn(ImmutableArray<Member> half, bool granted)
    {
        int count = 0;
        foreach (Member member in half)
        {
            foreach (Vote vote in votes)
            {
                if (vote.Granted == granted && member.Is(vote.Id, vote.Instance))
                    count++;
            }
        }

        return count;
    }

    /// <summary>One answer.</summary>
    private readonly record struct Vote(NodeId Id, InstanceId Instance, bool Granted);
}
