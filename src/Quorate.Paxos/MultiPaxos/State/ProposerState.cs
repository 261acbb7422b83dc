using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>Seats, promises and proposals, as part of the canonical state.</summary>
internal static class ProposerState
{
    /// <summary>Writes the seats.</summary>
    public static void WriteRoster(Roster roster, StateWriter state)
    {
        state.Int64(roster.Count);
        for (int seat = 0; seat < roster.Count; seat++)
        {
            state.UInt64(roster[seat].Id.Value);
            state.UInt64(roster[seat].Instance.Value);
        }
    }

    /// <summary>Reads the seats; the configurations are known.</summary>
    public static void ReadRoster(Roster roster, ref StateReader state)
    {
        var seats = new (NodeId Id, InstanceId Instance)[checked((int)state.Int64())];
        for (int seat = 0; seat < seats.Length; seat++)
            seats[seat] = (state.Node(), new InstanceId(state.UInt64()));
        roster.Restore(seats);
    }

    /// <summary>Writes what phase 1 has brought.</summary>
    public static void WritePromises(PromiseBook promises, Roster roster, StateWriter state)
    {
        state.UInt64(promises.Promised);
        state.UInt64(promises.Refused);
        state.Ballot(promises.HandedOver);
        for (int seat = 0; seat < roster.Count; seat++)
        {
            state.UInt64(promises.AskedFrom(seat).Value);
            state.UInt64(promises.DecidedOf(seat).Value);
        }

        SlotsState.Write(promises.Found, WriteNumber.None, state);
    }

    /// <summary>Reads what phase 1 has brought; the seats are known.</summary>
    public static void ReadPromises(PromiseBook promises, Roster roster, ref StateReader state, BlockPool pool)
    {
        ulong promised = state.UInt64();
        ulong refused = state.UInt64();
        Ballot handedOver = state.Ballot();
        for (int seat = 0; seat < roster.Count; seat++)
        {
            promises.AskedFrom(seat) = state.Index();
            promises.DecidedOf(seat) = state.Index();
        }

        promises.Restore(promised, refused, handedOver, first: state.Index());
        SlotsState.Read(promises.Found, ref state, pool);
    }

    /// <summary>Writes what is proposed and what waits to be.</summary>
    public static void WriteProposals(Proposer proposer, Acceptances acceptances, StateWriter state)
    {
        state.UInt64(proposer.OwnNoOp.Value);
        state.UInt64(proposer.ConfigurationAt.Value);
        state.Int64(proposer.UndecidedBytes);
        state.Bytes(proposer.NextConfiguration is null ? [] : proposer.NextConfiguration.ToBytes());
        state.Int64(proposer.Waiting.Count);
        foreach (Payload command in proposer.Waiting)
            state.Bytes(command.Span);
        for (LogIndex slot = acceptances.First; slot < acceptances.End; slot = slot.Next)
            state.UInt64(acceptances[slot]);
    }

    /// <summary>Reads what is proposed and what waits to be; the log is known.</summary>
    public static void ReadProposals(Proposer proposer, Acceptances acceptances, SlotLog log, ref StateReader state, BlockPool pool)
    {
        LogIndex ownNoOp = state.Index();
        LogIndex configurationAt = state.Index();
        long undecided = state.Int64();
        ReadOnlySpan<byte> next = state.Bytes();
        proposer.Restore(ownNoOp, configurationAt, undecided, next.IsEmpty ? null : Configuration.Read(next));
        for (long count = state.Int64(); count > 0; count--)
            proposer.Waiting.Enqueue(Payload.Copy(pool, state.Bytes()));
        acceptances.Begin(log.Commit.Next);
        acceptances.Propose(log.Agreed);
        for (LogIndex slot = acceptances.First; slot < acceptances.End; slot = slot.Next)
            acceptances.Restore(slot, state.UInt64());
    }
}
