using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>A process's way to the others. Owner: the replica loop of its process.</summary>
internal sealed class SimulatedPeers(Machine member, InstanceId instance) : IPeers
{
    public void Send(NodeId to, ReadOnlySpan<byte> header, ReadOnlySpan<Payload> payloads)
    {
        PromiseWatch.Look(header, member.Id.Value, to.Value, member.Process!.Core!.Disk);
        // Copied at once, so that no reference is kept.
        member.World.Network.Send(member.Id, instance, to, header, payloads);
    }

    public bool SendSnapshot(NodeId to, ReadOnlySpan<byte> header, ReadOnlySpan<Payload> payloads) =>
        member.World.Network.SendSnapshot(member.Id, instance, to, header, payloads);

    public void Flush()
    {
    }

    /// <summary>
    /// Every member is linked with every other, whatever instance it is: real links refuse some, and what a wiped member says must be harmless
    /// to the core itself.
    /// </summary>
    public void Connect(in ConfigurationInForce inForce)
    {
    }

    /// <summary>Nothing queues up here, so nothing is lost with a link.</summary>
    public void Drop(NodeId peer)
    {
    }
}
