using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>
/// Gives slots to values, one after the other. A slot found in phase 1 gets what phase 1 says, a gap before such a slot a no-op; only then come
/// a no-op of the leader's own and what clients propose. No slot is proposed before the configuration that rules it is known and a
/// phase-1 quorum of that one has promised; what has to wait, waits here.
/// </summary>
internal sealed class Proposer(Server server, PromiseBook promises)
{
    private readonly Queue<Payload> waiting = new();
    private readonly SlotLog log = server.Log;

    /// <summary>The leader's own no-op: everything decided before this leader lies before it. Zero: not proposed yet.</summary>
    public LogIndex OwnNoOp { get; private set; }

    /// <summary>Commands that wait for a slot.</summary>
    public Queue<Payload> Waiting => waiting;

    /// <summary>A configuration that waits for a slot.</summary>
    public Configuration? NextConfiguration { get; set; }

    /// <summary>The last slot with a configuration of this leader's making, or one found; zero: none.</summary>
    public LogIndex ConfigurationAt { get; private set; }

    /// <summary>Payload bytes of commands that are not decided.</summary>
    public long UndecidedBytes { get; private set; }

    /// <summary>Commands and slots that are not decided.</summary>
    public long Undecided => log.Agreed - log.Commit + waiting.Count;

    /// <summary>Begins a term of office.</summary>
    public void Begin()
    {
        Invariant.Check(waiting.Count == 0 && log.Agreed == log.Commit);
        (OwnNoOp, ConfigurationAt, UndecidedBytes, NextConfiguration) = (LogIndex.Zero, LogIndex.Zero, 0, null);
    }

    /// <summary>Out of office: what waits was never proposed, and never will be.</summary>
    public void End()
    {
        foreach (Payload payload in waiting)
            server.Releases.Add(payload);
        waiting.Clear();
        NextConfiguration = null;
    }

    /// <summary>Takes commands in.</summary>
    public void Add(ReadOnlySpan<Payload> commands)
    {
        foreach (ref readonly Payload command in commands)
        {
            command.Retain();
            waiting.Enqueue(command);
            UndecidedBytes += command.Length;
        }
    }

    /// <summary>An entry is decided.</summary>
    public void Decided(in Entry entry)
    {
        // Before its own no-op stand other leaders' commands, which were never counted here.
        if (entry.Kind == EntryKind.Command && OwnNoOp != LogIndex.Zero && entry.Index > OwnNoOp)
            UndecidedBytes -= entry.Payload.Length;
    }

    /// <summary>Proposes all that can be proposed now, as one write.</summary>
    /// <returns>Whether there was anything.</returns>
    public bool Pump()
    {
        int start = server.Output.WriteEntries.Count;
        LogIndex before = log.Agreed;
        while (MayPropose(log.Agreed.Next) && ProposeNext())
        {
        }

        log.EndProposing(start);
        if (log.Agreed == before)
            return false;
        promises.ProposedUpTo(log.Agreed);
        return true;
    }

    /// <summary>Takes over another core's state; the commands that wait follow.</summary>
    public void Restore(LogIndex ownNoOp, LogIndex configurationAt, long undecidedBytes, Configuration? next) =>
        (OwnNoOp, ConfigurationAt, UndecidedBytes, NextConfiguration) = (ownNoOp, configurationAt, undecidedBytes, next);

    // The window (α): with everything up to a window before it decided, every configuration that may rule the slot is known.
    private bool MayPropose(LogIndex slot) =>
        slot - log.Commit <= server.Options.ReconfigurationWindow && server.Roster.QuorumFor(slot).HasPhase1(promises.Promised);

    private bool ProposeNext()
    {
        LogIndex slot = log.Agreed.Next;
        SlotWindow found = promises.Found;
        if (slot < found.End)
        {
            // Phase 1 says what stands here: the value found, or, of a slot in which no promise names one, that nothing was decided in it.
            if (!found.Holds(slot))
            {
                Propose(EntryKind.NoOp, Payload.Empty);
                return true;
            }

            if (found[slot].Kind == EntryKind.Command && OwnNoOp != LogIndex.Zero)
                UndecidedBytes += found[slot].Payload.Length; // told late, by a voter of a configuration that comes
            Propose(found[slot].Kind, found[slot].Payload);
            return true;
        }

        if (OwnNoOp == LogIndex.Zero)
        {
            OwnNoOp = slot;
            Propose(EntryKind.NoOp, Payload.Empty);
            return true;
        }

        if (NextConfiguration is { } next)
        {
            ProposeConfiguration(next, slot);
            return true;
        }

        if (waiting.TryDequeue(out Payload command))
        {
            Propose(EntryKind.Command, command);
            server.Releases.Add(command); // the log holds it now
            return true;
        }

        // A change comes into force only once every slot before it is decided: an idle group's are filled.
        if (log.Configurations.Pending is not { } pending || slot >= pending.From)
            return false;
        Propose(EntryKind.NoOp, Payload.Empty);
        return true;
    }

    private void ProposeConfiguration(Configuration next, LogIndex slot)
    {
        NextConfiguration = null;
        Configuration current = log.Configurations.Current;
        next = KeepsVoters(current, next)
            ? new Configuration(next.Members, [], slot.Next, next.Number)
            : new Configuration(next.Members, current.Voters, slot + server.Options.ReconfigurationWindow, next.Number);

        Payload payload = Payload.Copy(server.Pool, next.ToBytes());
        Propose(EntryKind.Configuration, payload);
        payload.Release(); // the log holds it now
    }

    /// <summary>
    /// Whether the voters stay, but for open instances that are bound: before that is decided there is no other life of them, so both
    /// configurations have the same quorums and the new one may rule at once.
    /// </summary>
    public static bool KeepsVoters(Configuration current, Configuration next)
    {
        if (current.Voters.Length != next.Voters.Length)
            return false;
        for (int i = 0; i < next.Voters.Length; i++)
        {
            if (!current.Voters[i].Is(next.Voters[i].Id, next.Voters[i].Instance))
                return false;
        }

        return true;
    }

    private void Propose(EntryKind kind, in Payload payload)
    {
        log.Propose(server.Promised, kind, payload);
        if (kind == EntryKind.Configuration)
            ConfigurationAt = log.Agreed;
    }
}
