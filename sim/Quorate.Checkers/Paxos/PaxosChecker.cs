namespace Quorate.Checkers;

/// <summary>
/// Watches all members of one Multi-Paxos group: one proposer and one value a slot in each ballot, no slot with two decided values, decided slots
/// durable on a commit quorum, nothing proposed against what was chosen, promises that never go back. Fed as things happen.
/// </summary>
public sealed class PaxosChecker
{
    private readonly SortedDictionary<(ulong Id, ulong Instance), PersistedSlots> disks = [];
    private readonly Dictionary<(ulong Slot, UInt128 Ballot), ulong> proposals = [];
    private readonly Dictionary<UInt128, ulong> leaders = [];

    /// <summary>What has been decided.</summary>
    public DecidedLog Decided { get; } = new(keepsEpoch: false);

    /// <summary>How many ballots had a leader.</summary>
    public int BallotsLed => leaders.Count;

    /// <summary>One life of a member's disk.</summary>
    public PersistedSlots Disk(ulong member, ulong instance)
    {
        if (!disks.TryGetValue((member, instance), out PersistedSlots? disk))
            disks.Add((member, instance), disk = new PersistedSlots());
        return disk;
    }

    /// <summary>A member leads.</summary>
    public void Leads(ulong member, UInt128 ballot)
    {
        CheckFailedException.Unless(
            Ballots.ProposerOf(ballot) == member, Promise.ElectionSafety, $"member {member} leads under ballot {Ballots.Spell(ballot)}, which is not its own");
        CheckFailedException.Unless(
            leaders.TryAdd(ballot, member), Promise.ElectionSafety, $"ballot {Ballots.Spell(ballot)} is led in twice");
    }

    /// <summary>
    /// Phase 1, seen at the election: so many of these voters have the leader's ballot, or a higher one by now, on their disks. What it was told
    /// under another ballot promises nothing.
    /// </summary>
    public void CheckPromised(ulong member, UInt128 ballot, IReadOnlyList<Voter> voters, int quorum)
    {
        int have = 0;
        foreach (Voter voter in voters)
        {
            foreach (((ulong id, ulong instance), PersistedSlots disk) in disks)
            {
                if (id != voter.Id || (voter.Instance != 0 && voter.Instance != instance) || disk.DurablePromise < ballot)
                    continue;
                have++;
                break;
            }
        }

        CheckFailedException.Unless(
            have >= quorum,
            Promise.ElectionSafety,
            $"member {member} leads under ballot {Ballots.Spell(ballot)}, which {have} of {voters.Count} voters have promised, not {quorum}");
    }

    /// <summary>A member accepts a slot; the first to accept it under a ballot is, or heard from, its proposer.</summary>
    public void Accepted(ulong member, in LogRecord record)
    {
        if (!proposals.TryAdd((record.Index, record.Epoch), record.Fingerprint))
        {
            CheckFailedException.Unless(
                proposals[(record.Index, record.Epoch)] == record.Fingerprint,
                Promise.LeaderCompleteness,
                $"member {member} accepts another value in slot {record.Index} under ballot {Ballots.Spell(record.Epoch)} than was accepted there before");
        }

        // Below the ballot in which it was decided a leader that slept may have proposed something else.
        if (record.Index > Decided.Last || record.Epoch < Decided.EpochAt(record.Index))
            return;
        CheckFailedException.Unless(
            Decided.FingerprintAt(record.Index) == record.Fingerprint,
            Promise.LeaderCompleteness,
            $"member {member} accepts another value in slot {record.Index} under ballot {Ballots.Spell(record.Epoch)} than is decided there");
    }

    /// <summary>A member learns that a slot is decided, by <paramref name="commitQuorum"/> of these voters.</summary>
    /// <returns>Whether it is the first to learn it.</returns>
    public bool DecidedAt(ulong member, in LogRecord record, ulong round, IReadOnlyList<Voter> voters, int commitQuorum)
    {
        if (!Decided.Add(record, round, member))
            return false;
        int have = 0;
        foreach (Voter voter in voters)
            have += Holds(voter, record.Index) ? 1 : 0;
        CheckFailedException.Unless(
            have >= commitQuorum,
            Promise.QuorumDurability,
            $"member {member} decides slot {record.Index}, which is durable on {have} of {voters.Count} voters, not on {commitQuorum}");
        return true;
    }

    /// <summary>Whether a voter's disk is claimed to hold what is decided in a slot.</summary>
    public bool Holds(Voter voter, ulong slot)
    {
        if (voter.Instance != 0)
            return disks.TryGetValue((voter.Id, voter.Instance), out PersistedSlots? disk) && Holds(disk.Durable, slot);
        foreach (((ulong id, _), PersistedSlots any) in disks)
        {
            if (id == voter.Id && Holds(any.Durable, slot))
                return true;
        }

        return false;
    }

    /// <summary>Whether slots hold what is decided in one of them, or know it decided.</summary>
    public bool Holds(SlotMap slots, ulong slot) =>
        slots.Base >= slot || (slots.TryGet(slot, out LogRecord record) && record.Fingerprint == Decided.FingerprintAt(slot));
}
