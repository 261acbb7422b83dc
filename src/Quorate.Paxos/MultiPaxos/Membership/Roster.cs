using System.Numerics;
using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>
/// Gives each voter of the configurations that rule open slots a bit, so that promises and acceptances are sets in one word. A bit stands for
/// one life of a voter's disk: what another life of it says is nobody's. Owner: whoever campaigns or leads, or asks for another whether it might.
/// </summary>
internal sealed class Roster(Server server)
{
    /// <summary>Voters that two configurations may have together: as many as a word has bits.</summary>
    public const int SeatsMax = 64;

    /// <summary>Voters of one configuration: any two, one of them pending, must find seats.</summary>
    public const int VotersMax = SeatsMax / 2;

    private readonly List<Seat> seats = [];

    /// <summary>How many seats there are, taken or not.</summary>
    public int Count => seats.Count;

    /// <summary>The quorums of the slots before the pending configuration's.</summary>
    public QuorumOf Current { get; private set; }

    /// <summary>The quorums of the pending configuration; the same as <see cref="Current"/> when there is none.</summary>
    public QuorumOf Pending { get; private set; }

    /// <summary>Whether the voters counted are those of the configurations that rule open slots now.</summary>
    public bool IsUpToDate
    {
        get
        {
            ConfigurationTimeline timeline = server.Log.Configurations;
            return Counts(Current, timeline.Current) && Counts(Pending, timeline.Latest);
        }
    }

    /// <summary>This member's bit; 0 when it is no voter.</summary>
    public ulong Self => BitOf(server.Self, server.Instance);

    /// <summary>The voter of a seat; none when it is free.</summary>
    public (NodeId Id, InstanceId Instance) this[int seat] => (seats[seat].Id, seats[seat].Instance);

    /// <summary>Begins anew.</summary>
    public void Begin()
    {
        seats.Clear();
        Follow();
    }

    /// <summary>The configurations have changed: newcomers get bits, who is in none gives his back.</summary>
    /// <returns>The bits given back: they stand for nobody, and must leave every set.</returns>
    public ulong Follow()
    {
        ConfigurationTimeline timeline = server.Log.Configurations;
        ulong current = BitsOf(timeline.Current);
        ulong pending = timeline.Pending is { } next ? BitsOf(next) : current;
        ulong free = 0;
        for (int i = 0; i < seats.Count; i++)
        {
            if (((current | pending) >> i & 1) != 0 || seats[i].Id.IsNone)
                continue;
            free |= 1UL << i;
            seats[i] = default;
        }

        Current = Quorum(timeline.Current, current);
        Pending = timeline.Pending is null ? Current : Quorum(timeline.Pending, pending);
        return free;
    }

    /// <summary>The quorums of <paramref name="slot"/>, an open one.</summary>
    public QuorumOf QuorumFor(LogIndex slot) =>
        server.Log.Configurations.Pending is { } next && slot >= next.From ? Pending : Current;

    /// <summary>Whether a set holds a phase-1 quorum of every configuration that open slots fall under.</summary>
    public bool HasPhase1(ulong set) => Current.HasPhase1(set) && Pending.HasPhase1(set);

    /// <summary>Whether a set holds a phase-2 quorum of every configuration that open slots fall under.</summary>
    public bool HasPhase2(ulong set) => Current.HasPhase2(set) && Pending.HasPhase2(set);

    /// <summary>The bit of a voter that speaks; 0 when it is none. An instance left open is bound by the first that speaks.</summary>
    public ulong BitOf(NodeId id, InstanceId instance)
    {
        for (int i = 0; i < seats.Count; i++)
        {
            if (seats[i].Id != id || (seats[i].Instance != instance && !seats[i].Instance.IsOpen))
                continue;
            seats[i] = new Seat(id, instance);
            return 1UL << i;
        }

        return 0;
    }

    /// <summary>The instance in which a voter has spoken; open when it has not.</summary>
    public InstanceId HeardFrom(NodeId id)
    {
        foreach (Seat seat in seats)
        {
            if (seat.Id == id)
                return seat.Instance;
        }

        return InstanceId.Open;
    }

    /// <summary>Takes over another core's state: the seats as they were, then the quorums.</summary>
    public void Restore(ReadOnlySpan<(NodeId Id, InstanceId Instance)> taken)
    {
        seats.Clear();
        foreach ((NodeId id, InstanceId instance) in taken)
            seats.Add(new Seat(id, instance));
        Follow();
    }

    private bool Counts(in QuorumOf quorum, Configuration configuration)
    {
        foreach (Member voter in configuration.Voters)
        {
            if (!IsSeated(voter, quorum.Voters))
                return false;
        }

        return BitOperations.PopCount(quorum.Voters) == configuration.Voters.Length;
    }

    private bool IsSeated(Member voter, ulong among)
    {
        for (int i = 0; i < seats.Count; i++)
        {
            if ((among >> i & 1) != 0 && voter.Is(seats[i].Id, seats[i].Instance))
                return true;
        }

        return false;
    }

    private QuorumOf Quorum(Configuration configuration, ulong voters)
    {
        int count = configuration.Voters.Length;
        ulong bound = 0;
        foreach (Member voter in configuration.Voters)
            bound |= voter.Instance.IsOpen ? 0 : 1UL << SeatOf(voter);
        return new QuorumOf(voters, bound, server.Options.Quorums.Phase1Of(count), server.Options.Quorums.Phase2Of(count));
    }

    private ulong BitsOf(Configuration configuration)
    {
        ulong bits = 0;
        foreach (Member voter in configuration.Voters)
            bits |= 1UL << SeatOf(voter);
        return bits;
    }

    private int SeatOf(Member voter)
    {
        int free = -1;
        for (int i = 0; i < seats.Count; i++)
        {
            if (seats[i].Id.IsNone)
            {
                free = free < 0 ? i : free;
                continue;
            }

            if (seats[i].Id != voter.Id || !(seats[i].Instance.IsOpen || voter.Is(voter.Id, seats[i].Instance)))
                continue;
            if (seats[i].Instance.IsOpen)
                seats[i] = new Seat(voter.Id, voter.Instance);
            return i;
        }

        if (free < 0)
        {
            Invariant.Check(seats.Count < SeatsMax);
            seats.Add(default);
            free = seats.Count - 1;
        }

        seats[free] = new Seat(voter.Id, voter.Instance);
        return free;
    }

    private readonly record struct Seat(NodeId Id, InstanceId Instance);
}
