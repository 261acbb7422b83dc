namespace Quorate.Consensus;

/// <summary>
/// The way to the other members: one ordered stream each for messages and one for snapshots, so that a long snapshot delays no
/// heartbeat. Either may lose, delay, repeat or reorder all the same. Owner: the replica loop; what arrives comes back by
/// <see cref="IPeerEvents"/>, on that thread and never from within a call.
/// </summary>
public interface IPeers
{
    /// <summary>
    /// Queues a message: <paramref name="header"/> followed by the bytes of <paramref name="payloads"/>. The header is copied before the call
    /// returns; of each payload the callee takes a reference and gives it back itself, on the loop's thread, once the bytes have left.
    /// Past the link's bound, or to a member without a link, the frame is dropped: consensus sends again what matters.
    /// </summary>
    void Send(NodeId to, ReadOnlySpan<byte> header, ReadOnlySpan<Payload> payloads);

    /// <summary>As <see cref="Send"/>, on the snapshot stream, which drops nothing silently.</summary>
    /// <returns>
    /// False when the frame was not taken: the stream is full, or not there yet. <see cref="IPeerEvents.SnapshotRoom"/> says when to go on.
    /// </returns>
    bool SendSnapshot(NodeId to, ReadOnlySpan<byte> header, ReadOnlySpan<Payload> payloads);

    /// <summary>The end of a turn: what was queued in it leaves now, each link's frames together.</summary>
    void Flush();

    /// <summary>
    /// The configuration in force, whenever it changes or is known to be committed: its members are to be linked with. Another instance of a
    /// member than it names is refused only by a configuration that is committed and at least as new as the one that the other side has in
    /// force: whoever knows a newer one may be the only way to learn of it. What the refused might say is harmless all the same, since
    /// cores count instances.
    /// </summary>
    void Connect(in ConfigurationInForce inForce);

    /// <summary>What came from this member was no message: links with it end, with what is queued on them, and are made anew.</summary>
    void Drop(NodeId member);
}

/// <summary>What the links have to say. Called on the replica loop's thread.</summary>
public interface IPeerEvents
{
    /// <summary>
    /// A message of <paramref name="from"/>, in that instance of it. The frame is borrowed for the call: what is kept is retained. Its own
    /// <see cref="Payload.Checksum"/> is 0: the link has checked the header, each payload in it carries its checksum along.
    /// </summary>
    /// <returns>False when the bytes are no message: the link is dropped. What shows only later is told by <see cref="IPeers.Drop"/>.</returns>
    bool Received(NodeId from, InstanceId instance, in Payload frame);

    /// <summary>As <see cref="Received"/>, from the snapshot stream.</summary>
    bool SnapshotReceived(NodeId from, InstanceId instance, in Payload frame);

    /// <summary>
    /// A new instance of this member, which knows no configuration, asks to take the old one's place. The one thing heard from an
    /// instance that the configuration does not name; it repeats it until a configuration reaches it.
    /// </summary>
    void RejoinAsked(NodeId member, InstanceId instance);

    /// <summary>The snapshot stream to this member has room again.</summary>
    void SnapshotRoom(NodeId to);

    /// <summary>The snapshot stream to this member broke: frames taken before may be lost. <see cref="SnapshotRoom"/> follows when it is back.</summary>
    void SnapshotBroken(NodeId to);
}
