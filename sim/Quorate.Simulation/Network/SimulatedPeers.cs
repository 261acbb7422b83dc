using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>A process's way to the others. Instances are checked as Transport's hello does. Owner: the replica loop of its process.</summary>
internal sealed class SimulatedPeers(Machine member, InstanceId instance) : IPeers
{
    private Configuration configuration = Configuration.Empty;

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

    public void Connect(Configuration to) => configuration = to;

    /// <summary>Whether a frame of that instance is let in: not when another one is named.</summary>
    public bool Admits(NodeId from, InstanceId other) => configuration.Find(from) is null || configuration.Contains(from, other);
}
