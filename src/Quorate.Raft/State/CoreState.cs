using System.Buffers;
using System.Buffers.Binary;
using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>
/// A core's whole state, canonically: equal states, equal bytes. Times count from now, writes from the last durable one; what hangs
/// on time and chance alone stands at the end, its length in the last four bytes, so that an explorer without time can leave it out.
/// </summary>
internal static class CoreState
{
    /// <summary>Writes it.</summary>
    public static void Write(Server server, RoleSwitch roles, IBufferWriter<byte> into)
    {
        var late = new ArrayBufferWriter<byte>();
        var state = new StateWriter(into);
        var timing = new StateWriter(late);
        server.WriteState(state, timing);
        LogState.Write(server, state);
        switch (server.Role)
        {
            case CoreRole.PreCandidate:
                roles.PreCandidate.Tally.WriteState(state);
                break;
            case CoreRole.Candidate:
                roles.Candidate.Tally.WriteState(state);
                state.Int64((long)(roles.Candidate.OwnVote.Value - Math.Min(roles.Candidate.OwnVote.Value, server.Writes.Durable.Value)));
                break;
            case CoreRole.Leader:
                roles.Leader.WriteState(state, timing);
                break;
            case CoreRole.Follower:
                break;
        }

        into.Write(late.WrittenSpan);
        BinaryPrimitives.WriteInt32LittleEndian(into.GetSpan(4), late.WrittenCount);
        into.Advance(4);
    }

    /// <summary>Reads it.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static void Read(Server server, RoleSwitch roles, ReadOnlySpan<byte> from, BlockPool pool)
    {
        int late = from.Length < 4 ? -1 : BinaryPrimitives.ReadInt32LittleEndian(from[^4..]);
        if (late < 0 || late > from.Length - 4)
            throw new InvalidDataException("core state cut short");
        var state = new StateReader(from[..^(late + 4)]);
        var timing = new StateReader(from[^(late + 4)..^4]);
        server.ReadState(ref state, ref timing);
        LogState.Read(server, ref state, pool);
        switch (server.Role)
        {
            case CoreRole.PreCandidate:
                roles.PreCandidate.Tally.ReadState(ref state);
                break;
            case CoreRole.Candidate:
                roles.Candidate.Tally.ReadState(ref state);
                roles.Candidate.Restore(new WriteNumber(state.UInt64()));
                break;
            case CoreRole.Leader:
                roles.Leader.ReadState(ref state, ref timing, pool);
                break;
            case CoreRole.Follower:
                break;
        }

        if (!state.AtEnd || !timing.AtEnd)
            throw new InvalidDataException("core state with bytes too many");
    }
}
