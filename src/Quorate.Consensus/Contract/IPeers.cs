namespace Quorate.Consensus;

/// <summary>
/// The way to the other members: one ordered stream each, which may lose, delay, repeat or reorder all the same. Called by the
/// replica loop; what arrives comes back as events.
/// </summary>
public interface IPeers
{
    /// <summary>
    /// Queues a frame: <paramref name="header"/> followed by the bytes of <paramref name="payloads"/>. The header is copied before the call
    /// returns; of each payload a reference is taken, and given back by an event. Past the link's bound the frame is dropped.
    /// </summary>
    void Send(NodeId to, ReadOnlySpan<byte> header, ReadOnlySpan<Payload> payloads);

    /// <summary>The members to be linked with, whenever the configuration changes; frames of any other instance are refused.</summary>
    void Connect(Configuration configuration);
}
