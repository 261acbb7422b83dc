using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>A process's way to the others. Owner: the replica loop of its process.</summary>
internal sealed class SimulatedPeers(Machine member, InstanceId instance) : IPeers
{
    /// <summary>Whom this process lets in.</summary>
    public InstanceAdmission Instances { get; } = new();

    public void Send(NodeId to, ReadOnlySpan<byte> header, ReadOnlySpan<Payload> payloads)
    {
        // Before it is checked: one that breaks a promise is the one to be seen.
        member.World.Recorder?.Sent(member.World.Time.NowNanoseconds, member.Id, to, header);
        member.Process!.Core!.Sends(header, to);
        // Copied at once, so that no reference is kept.
        member.World.Network.Send(member.Id, instance, to, header, payloads);
    }

    public bool SendSnapshot(NodeId to, ReadOnlySpan<byte> header, ReadOnlySpan<Payload> payloads) =>
        member.World.Network.SendSnapshot(member.Id, instance, to, header, payloads);

    public void Flush()
    {
    }

    public void Connect(in ConfigurationInForce inForce) => Instances.Know(inForce);

    /// <summary>Nothing queues up here, so nothing is lost with a link.</summary>
    public void Drop(NodeId peer)
    {
    }
}
