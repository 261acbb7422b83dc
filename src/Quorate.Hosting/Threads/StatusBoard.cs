using Quorate.Consensus;
using Quorate.Replica;

namespace Quorate.Hosting;

/// <summary>
/// What observers read of the loop. Written by the loop after a step: when the leader or the configuration changes, when somebody has looked
/// since, and every heartbeat.
/// </summary>
internal sealed class StatusBoard(Action<LeaderChange> leaderChanged, Action configurationChanged)
{
    private const int StaleTicks = 10;

    private volatile NodeStatus? current;
    private volatile bool looked;
    private Tick publishedAt;

    /// <summary>The latest. Any thread.</summary>
    public NodeStatus? Current
    {
        get
        {
            looked = true;
            return current;
        }
    }

    /// <summary>The loop's thread, after a step.</summary>
    public void Publish(ReplicaLoop loop, Tick now)
    {
        NodeStatus? before = current;
        CoreStatus core = loop.CoreStatus;
        bool changed = before is null || core.Leader != before.Leader || core.Epoch != before.Epoch;
        bool reconfigured = before is not null && !ReferenceEquals(loop.Configuration, before.Configuration);
        if (!changed && !reconfigured && !looked && now - publishedAt < StaleTicks)
            return;
        looked = false;
        publishedAt = now;
        current = new NodeStatus(loop.Status, loop.Progress());
        if (changed)
            leaderChanged(new LeaderChange(core.Leader, core.Epoch));
        if (reconfigured)
            configurationChanged();
    }
}
