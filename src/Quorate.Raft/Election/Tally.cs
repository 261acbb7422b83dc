using System.Collections.Immutable;
using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>
/// The votes of one election. A vote counts only in a half of the configuration that names its instance: the vote that a wiped disk
/// has forgotten is nobody's (Raft §6: a joint election needs both majorities). Where the configuration still leaves an instance open, a disk
/// wiped since cannot be told from the one that voted or acknowledged before: such a vote counts only where every voter of the half gives
/// its own, since then whoever holds what may be committed is among them.
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

    /// <summary>The instance in which a member granted its vote; open when it has not.</summary>
    public InstanceId GrantedBy(NodeId id)
    {
        foreach (Vote vote in votes)
        {
            if (vote.Id == id && vote.Granted)
                return vote.Instance;
        }

        return InstanceId.Open;
    }

    /// <summary>A majority of each half granted its vote.</summary>
    public bool IsWon(Configuration configuration) =>
        HasMajority(configuration.Voters) && (!configuration.IsJoint || HasMajority(configuration.Outgoing));

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

    private bool HasMajority(ImmutableArray<Member> half)
    {
        Count granted = CountIn(half, granted: true);
        return granted.Bound > half.Length / 2 || granted.Bound + granted.Open == half.Length;
    }

    private bool IsBlocked(ImmutableArray<Member> half)
    {
        Count refused = CountIn(half, granted: false);
        int bound = half.Count(static member => !member.Instance.IsOpen);
        return refused.Bound + refused.Open > 0 && bound - refused.Bound <= half.Length / 2;
    }

    private Count CountIn(ImmutableArray<Member> half, bool granted)
    {
        var count = default(Count);
        foreach (Member member in half)
        {
            foreach (Vote vote in votes)
            {
                if (vote.Granted == granted && member.Is(vote.Id, vote.Instance))
                    count = member.Instance.IsOpen ? count with { Open = count.Open + 1 } : count with { Bound = count.Bound + 1 };
            }
        }

        return count;
    }

    /// <param name="Bound">Answers of instances that the half names.</param>
    /// <param name="Open">Answers for members whose instance it leaves open.</param>
    private readonly record struct Count(int Bound, int Open);

    /// <summary>One answer.</summary>
    private readonly record struct Vote(NodeId Id, InstanceId Instance, bool Granted);
}
