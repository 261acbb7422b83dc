namespace Quorate.Checkers;

/// <summary>
/// What one proposer has been told in phase 1 of one ballot, and what it may therefore propose: in a slot that a promise names, the value of the
/// highest ballot; in a gap before such a slot, nothing but a no-op; beyond, what it likes (Paxos Made Simple, P2c and the end of §3).
/// </summary>
public sealed class PhaseOneValues
{
    private readonly Dictionary<ulong, LogRecord> highest = [];
    private UInt128 ballot;
    private ulong last;
    private ulong proposed;

    /// <summary>Phase 1 of <paramref name="next"/> begins; slots up to <paramref name="decided"/> are decided.</summary>
    public void Begin(UInt128 next, ulong decided)
    {
        highest.Clear();
        (ballot, last, proposed) = (next, 0, decided);
    }

    /// <summary>A promise names what its sender has accepted.</summary>
    public void Told(UInt128 promised, in LogRecord accepted)
    {
        if (promised != ballot || accepted.Index <= proposed)
            return;
        last = Math.Max(last, accepted.Index);
        if (!highest.TryGetValue(accepted.Index, out LogRecord known) || known.Epoch < accepted.Epoch)
            highest[accepted.Index] = accepted;
    }

    /// <summary>The proposer proposes.</summary>
    /// <param name="record">What.</param>
    /// <param name="isNoOp">Whether it is a no-op.</param>
    /// <param name="member">Who, for the message.</param>
    public void Proposes(in LogRecord record, bool isNoOp, ulong member)
    {
        if (record.Epoch != ballot)
            return;
        proposed = Math.Max(proposed, record.Index);
        if (highest.TryGetValue(record.Index, out LogRecord must))
        {
            CheckFailedException.Unless(
                must.Fingerprint == record.Fingerprint,
                Promise.LeaderCompleteness,
                $"member {member} proposes another value in slot {record.Index} under ballot {Ballots.Spell(ballot)} than was accepted there under {Ballots.Spell(must.Epoch)}");
            return;
        }

        CheckFailedException.Unless(
            record.Index >= last || isNoOp,
            Promise.LeaderCompleteness,
            $"member {member} fills slot {record.Index}, a gap before slot {last}, under ballot {Ballots.Spell(ballot)} with more than a no-op");
    }
}
