using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// One member is away while another takes a third one's place, and while much is decided after that. Then it is alone with the one that is out: by all it knows the two
/// are a quorum, and have a log to lead with. What is to come next in that log those that count have decided, and no longer have at hand.
/// </summary>
internal sealed class OldQuorumPlay
{
    private readonly World world;
    private readonly NetworkFaults network;
    private readonly LeaderLoad load;
    private readonly ChangeLookout lookout;

    public OldQuorumPlay(World world, NetworkFaults network, LeaderLoad load)
    {
        this.world = world;
        this.network = network;
        this.load = load;
        lookout = new ChangeLookout(world, Strike);
    }

    /// <summary>Begins, amid a change.</summary>
    public void Begin(Prng chance) => lookout.Await(1, chance);

    /// <summary>No more.</summary>
    public void Stop() => lookout.Stop();

    private bool Strike(ProposedChange change, Prng chance)
    {
        List<Machine> running = change.Staying.FindAll(m => m.IsRunning);
        if (change.Outgoing.Count == 0 || change.Outgoing.Contains(change.Leader) || running.Count == 0)
            return false;
        Machine away = running[(int)chance.Below((ulong)running.Count)];
        long lasts = chance.Between(2, 6) * Span.Second;
        long meet = chance.Between(3, 25) * world.Options.ElectionNanoseconds / 10; // it is elected some time within, or just after
        network.Isolate(away, lasts);
        load.Spread((int)chance.Between(2, 8), (int)chance.Between(20, 200), lasts);
        world.After(lasts, () => Meet(away, change.Outgoing, meet));
        return true;
    }

    private void Meet(Machine away, List<Machine> outgoing, long lasts)
    {
        if (lookout.Stopped || !outgoing.Exists(m => m.IsRunning))
            return;
        List<Machine> side = [away, .. outgoing];
        network.Separate(side, [.. world.Members.Except(side)], lasts);
    }
}
