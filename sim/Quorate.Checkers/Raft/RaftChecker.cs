namespace Quorate.Checkers;

/// <summary>One life of a voter's disk.</summary>
/// <param name="Id">The member.</param>
/// <param name="Instance">That life; 0 = any, the first configuration has not been bound yet.</param>
public readonly record struct Voter(ulong Id, ulong Instance);

/// <summary>Voters of whom majorities decide: of one half, or of both while a change is joint.</summary>
/// <param name="Incoming">The voters; the only ones when not joint.</param>
/// <param name="Outgoing">The voters being left; empty when not joint.</param>
public sealed record VoterSets(IReadOnlyList<Voter> Incoming, IReadOnlyList<Voter> Outgoing);

/// <summary>
/// Watches all members of one Raft group: one leader a term, log matching, leader completeness, decided entries that never change and
/// are durable on a quorum, term and vote that never go back. Fed as things happen; each call costs a constant or a few steps.
/// </summary>
public sealed class RaftChecker
{
    private readonly Dictionary<ulong, ulong> leaders = [];
    private readonly Dictionary<(ulong Index, UInt128 Epoch), ulong> chains = [];
    private readonly SortedDictionary<(ulong Id, ulong Instance), PersistedLog> disks = [];

    /// <summary>What has been decided.</summary>
    public DecidedLog Decided { get; } = new();

    /// <summary>The highest term that had a leader.</summary>
    public ulong HighestLedTerm { get; private set; }

    /// <summary>How many terms had a leader.</summary>
    public int TermsLed => leaders.Count;

    /// <summary>One life of a member's disk.</summary>
    public PersistedLog Disk(ulong member, ulong instance)
    {
        if (!disks.TryGetValue((member, instance), out PersistedLog? disk))
            disks.Add((member, instance), disk = new PersistedLog());
        return disk;
    }

    /// <summary>A member leads.</summary>
    public void Leads(ulong member, ulong term, LogChain log)
    {
        if (!leaders.TryAdd(term, member))
        {
            CheckFailedException.Unless(
                leaders[term] == member, Promise.ElectionSafety, $"members {leaders[term]} and {member} both lead in term {term}");
            return;
        }

        HighestLedTerm = Math.Max(HighestLedTerm, term);
        CheckVoters(member, term, log);
        ulong must = Decided.LastBelowTerm(term);
        if (log.Base >= must)
            return;
        CheckFailedException.Unless(
            log.Last >= must && log.ChainAt(must) == Decided.ChainAt(must),
            Promise.LeaderCompleteness,
            $"member {member} leads in term {term} without decided entry {must} in its log (last {log.Last})");
    }

    /// <summary>An entry has been appended as the last of a member's log.</summary>
    public void Appended(ulong member, LogChain log)
    {
        (ulong Index, UInt128 Epoch) key = (log.Last, log.EpochAt(log.Last));
        if (!chains.TryAdd(key, log.LastChain) && chains[key] != log.LastChain)
            throw new CheckFailedException(
                Promise.LogMatching, $"entry {key.Index} of term {key.Epoch} at member {member} has another prefix than elsewhere");
    }

    /// <summary>
    /// A member makes the entries after <paramref name="last"/> void. Whoever holds a decided entry never gives it up for a leader of that term or a later one, which has it
    /// too, nor for a snapshot that ends before it (Raft §5.4, §7). For a leader of an earlier term it may: that one was elected before, and the member
    /// was not counted then.
    /// </summary>
    /// <param name="member">It.</param>
    /// <param name="term">Its term.</param>
    /// <param name="log">Its log.</param>
    /// <param name="last">The last entry that stays.</param>
    public void Truncates(ulong member, ulong term, LogChain log, ulong last)
    {
        ulong first = last + 1;
        bool isDecided = first <= Decided.LastBelowTerm(term + 1) && log.Knows(first) && log.ChainAt(first) == Decided.ChainAt(first);
        CheckFailedException.Unless(
            !isDecided, Promise.LeaderCompleteness, $"member {member} makes entries after {last} void, but entry {first} of its log is decided");
    }

    /// <summary>A member learns that an entry is decided, which a leader counted by that configuration.</summary>
    /// <returns>Whether that is news.</returns>
    public bool DecidedAt(ulong member, in LogRecord record, ulong term, VoterSets inForce)
    {
        if (!Decided.Add(record, term, member))
            return false;
        if (IsDurable(record.Index, inForce.Incoming) && (inForce.Outgoing.Count == 0 || IsDurable(record.Index, inForce.Outgoing)))
            return true;

        throw new CheckFailedException(
            Promise.QuorumDurability, $"member {member} decides entry {record.Index}, which is not durable on a quorum: {Spell(record.Index)}");
    }

    /// <summary>
    /// Raft §5.4.1, seen at the election: the log of whoever voted for the leader is at most as up to date as the one it was elected with.
    /// The voter's has not changed since, as no leader of that term has sent anything yet.
    /// </summary>
    private void CheckVoters(ulong member, ulong term, LogChain log)
    {
        ulong last = log.Last;
        while (last > log.Base && log.EpochAt(last) == term)
            last--; // what it appended since
        if (last == log.Base)
            return;
        UInt128 lastTerm = log.EpochAt(last);
        foreach (((ulong id, _), PersistedLog disk) in disks)
        {
            LogChain voter = disk.Written;
            if (id == member || disk.DurableVote != new TermAndVote(term, member) || voter.Last == voter.Base)
                continue;
            UInt128 voterTerm = voter.EpochAt(voter.Last);
            CheckFailedException.Unless(
                lastTerm > voterTerm || (lastTerm == voterTerm && last >= voter.Last),
                Promise.LeaderCompleteness,
                $"member {member}, whose log ended at {last}/{lastTerm}, leads in term {term} by the vote of member {id}, whose log ends at {voter.Last}/{voterTerm}");
        }
    }

    private bool IsDurable(ulong index, IReadOnlyList<Voter> voters)
    {
        int have = 0;
        foreach (Voter voter in voters)
        {
            if (Holds(voter, index))
                have++;
        }

        return have > voters.Count / 2;
    }

    /// <summary>Whether a voter's disk is claimed to hold a decided entry.</summary>
    public bool Holds(Voter voter, ulong index)
    {
        if (voter.Instance != 0)
            return disks.TryGetValue((voter.Id, voter.Instance), out PersistedLog? disk) && Holds(disk, index);
        foreach (((ulong id, _), PersistedLog any) in disks)
        {
            if (id == voter.Id && Holds(any, index))
                return true;
        }

        return false;
    }

    private bool Holds(PersistedLog disk, ulong index)
    {
        LogChain log = disk.Durable;
        return log.Base >= index || (log.Last >= index && log.ChainAt(index) == Decided.ChainAt(index));
    }

    private string Spell(ulong index) => string.Join(
        ", ",
        disks.Select(d => $"{d.Key.Id}/{d.Key.Instance:x} {(Holds(d.Value, index) ? "has it" : $"has up to {d.Value.Durable.Last}")}"));
}
