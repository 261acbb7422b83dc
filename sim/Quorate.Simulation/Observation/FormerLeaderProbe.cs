using Quorate.Checkers;
using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>Asks whoever still believes that it leads what it shows: not less than was just answered elsewhere. Owner: its world.</summary>
internal sealed class FormerLeaderProbe(World world)
{
    private const long ProbeEvery = 20 * Span.Millisecond; // one that stands still would find thousands

    private readonly SortedDictionary<ulong, long> probedAt = [];

    /// <summary>A write was answered.</summary>
    public void WriteAnswered()
    {
        if (world.Leader() is not { } newest)
            return;
        foreach (Machine member in world.Members)
        {
            if (member == newest || member.Status is not { Role: CoreRole.Leader } || WasJustProbed(member))
                continue;
            probedAt[member.Id.Value] = world.Time.NowNanoseconds;
            world.Ask(member, new StoreRequest(StoreRequestKind.Get, (int)(world.WritesAnswered % world.Options.Keys)));
        }
    }

    private bool WasJustProbed(Machine member) =>
        probedAt.TryGetValue(member.Id.Value, out long at) && world.Time.NowNanoseconds - at < ProbeEvery;
}
