using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// One member is away while another takes a third one's place, and while much is decided after that. Then it is alone with the one that is out: by all it knows the two
/// are a quorum, and have a log to lead with. What is to come next in that log those that count have decided, and no longer have at hand.
/// </summary>
internal sealed class OldQuorumPlay(World world, NetworkFaults network, LeaderLoad load) : ChangePlay(world)
{
    /// <inheritdoc/>
    protected override bool Strike(ProposedChange change, Prng from)
    {
        List<Machine> running = change.Staying.FindAll(m => m.IsRunning);
        if (change.Outgoing.Count == 0 || change.Outgoing.Contains(change.Leader) || running.Count == 0)
            return false;
        Machine away = running[(int)from.Below((ulong)running.Count)];
        long lasts = from.Between(2, 6) * Span.Second;
        long meet = from.Between(3, 25) * World.Options.ElectionNanoseconds / 10; // it is elected some time within, or just after
        network.Isolate(away, lasts);
        load.Spread((int)from.Between(2, 8), (int)from.Between(20, 200), lasts);
        World.After(lasts, () => Meet(away, change.Outgoing, meet));
        return true;
    }

    private void Meet(Machine away, List<Machine> outgoing, long lasts)
    {
        if (Stopped || !outgoing.Exists(m => m.IsRunning))
            return;
        List<Machine> side = [away, .. outgoing];
        network.Separate(side, [.. World.Members.Except(side)], lasts);
    }
}
