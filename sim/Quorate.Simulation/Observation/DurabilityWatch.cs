using Quorate.Checkers;
using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// Looks at all disks at a few times in a run and at its end: what is decided must be, as a power cut would leave it, on a commit quorum of the configuration
/// in force. Between those times the claims of cores and storage are believed; each restart tries them too. Owner: its world.
/// </summary>
internal sealed class DurabilityWatch(World world) : IScheduled
{
    private readonly Prng chance = world.Streams.Of(StreamKind.Look);

    /// <summary>Looks so far.</summary>
    public int Looks { get; private set; }

    /// <summary>Plans the looks of a run.</summary>
    public void Begin()
    {
        for (int i = 0; i < 2; i++)
            world.Time.At(chance.Between(20 * Span.Second, world.Options.FaultNanoseconds), this);
    }

    public void Fire(long argument) => Look();

    /// <summary>Looks now.</summary>
    public void Look()
    {
        Looks++;
        var found = new SortedDictionary<(ulong Id, ulong Instance), FoundDisk>();
        foreach (Machine member in world.Members)
        {
            if (member.LastInstance.IsOpen || member.EverDamaged || member.State is MemberState.Lost or MemberState.Retired)
                continue;
            found.Add((member.Id.Value, member.LastInstance.Value), DiskLook.At(member, chance.NextUInt64()));
        }

        ulong last = world.Watch.Decided.Last;
        // A leader commits by the configuration that it has in force, decided or not; and by now it may lead no more.
        bool durable = world.Watch.IsPaxos ? IsDurableSlot(found, last)
            : IsDurable(found, last, world.Watch.DecidedUnder);
        CheckFailedException.Unless(
            durable,
            Promise.QuorumDurability,
            $"entry {last} is decided, but the disks of no quorum hold it: {string.Join(", ", found.Select(f => $"{f.Key.Id} up to {f.Value.Last}"))}");
    }

    private bool IsDurableSlot(SortedDictionary<(ulong Id, ulong Instance), FoundDisk> found, ulong slot)
    {
        (IReadOnlyList<Voter> voters, int quorum) = world.Watch.Ruling(slot);
        return voters.Count(voter => Holds(found, slot, voter)) >= quorum;
    }

    private bool IsDurable(SortedDictionary<(ulong Id, ulong Instance), FoundDisk> found, ulong index, VoterSets voters) =>
        IsDurable(found, index, voters.Incoming) && (voters.Outgoing.Count == 0 || IsDurable(found, index, voters.Outgoing));

    private bool IsDurable(SortedDictionary<(ulong Id, ulong Instance), FoundDisk> found, ulong index, IReadOnlyList<Voter> voters)
    {
        int have = 0;
        foreach (Voter voter in voters)
        {
            if (Holds(found, index, voter))
                have++;
        }

        return have > voters.Count / 2;
    }

    private bool Holds(SortedDictionary<(ulong Id, ulong Instance), FoundDisk> found, ulong index, Voter voter)
    {
        foreach (((ulong id, ulong instance), FoundDisk disk) in found)
        {
            if (id == voter.Id && (voter.Instance == 0 || voter.Instance == instance))
                return disk.HoldsDecided(index);
        }

        // A damaged or lost disk may hold nothing: it counts as what it held, since faults stay within the promise.
        return world.Watch.Holds(voter, index);
    }
}
