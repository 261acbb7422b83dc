using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>Seats and promises, as part of <see cref="CoreState"/>.</summary>
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
        for (int seat = 0; seat < roster.Count; seat++)
        {
            promises.AskedFrom(seat) = state.Index();
            promises.DecidedOf(seat) = state.Index();
        }

        promises.Restore(promised, refused, first: state.Index());
        SlotsState.Read(promises.Found, ref state, pool);
    }
}
