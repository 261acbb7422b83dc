using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// The hellos of two members, without sockets: each life of a process greets anew, says which disk it is and which configuration it has in force,
/// and is let in by the rule of the production's links. Owner: its network.
/// </summary>
internal sealed class Acquaintance(NodeId first, NodeId second)
{
    /// <summary>Who was refused is asked again after this.</summary>
    private const long RefusedNanoseconds = 300 * Span.Millisecond;

    private (int First, int Second) lives;
    private (LogIndex First, LogIndex Second) knew;
    private bool open;
    private long refusedUntil;

    /// <summary>Whether the two speak with each other now, or greet and then do.</summary>
    public bool Speak(IEndpoint one, IEndpoint other, long nowNanoseconds)
    {
        if (lives != (one.Life, other.Life))
        {
            lives = (one.Life, other.Life);
            open = false;
            refusedUntil = 0;
        }

        if (open && Admit(one, other))
            return true;
        open = false;
        if (nowNanoseconds < refusedUntil)
            return false;
        knew = (one.Instances!.InForce.Index, other.Instances!.InForce.Index);
        open = Admit(one, other);
        if (!open)
            refusedUntil = nowNanoseconds + RefusedNanoseconds;
        return open;
    }

    /// <summary>Whether what <paramref name="from"/> sent, as <paramref name="instance"/>, is still let in by <paramref name="target"/> as it arrives.</summary>
    public bool LetsIn(IEndpoint target, NodeId from, InstanceId instance) =>
        target.Instances!.Admits(from, instance, from == first ? knew.First : knew.Second);

    private bool Admit(IEndpoint one, IEndpoint other) =>
        one.Instances!.Admits(second, other.Instance, knew.Second) && other.Instances!.Admits(first, one.Instance, knew.First);
}
