using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>
/// Frames to other members: puts the envelope before each, and holds back what may leave only after a log write is durable, in one queue, in
/// the order in which the core wanted it sent. Owner: the loop.
/// </summary>
internal sealed class Outbox(ReplicaStart start, IPeers peers, BlockPool pool)
{
    private readonly FrameWriter frame = new();
    private readonly Queue<Held> held = new();
    private readonly Queue<Payload> heldPayloads = new();
    private readonly List<Payload> leaving = [];

    /// <summary>All log writes up to here are durable.</summary>
    public WriteNumber Durable { get; private set; }

    /// <summary>Messages that wait for a write.</summary>
    public int HeldCount => held.Count;

    /// <summary>A frame of this kind, to be filled in and then sent: one at a time.</summary>
    public FrameWriter Begin(FrameKind kind) => new Envelope(kind, start.Group, start.Self, start.Instance).Write(frame);

    /// <summary>Sends the frame begun last.</summary>
    public void Send(NodeId to) => peers.Send(to, frame.Written, default);

    /// <summary>Sends the frame begun last, and payloads after it.</summary>
    public void Send(NodeId to, ReadOnlySpan<Payload> payloads) => peers.Send(to, frame.Written, payloads);

    /// <summary>Sends the frame begun last on the stream of snapshots; false when it was not taken.</summary>
    public bool SendSnapshot(NodeId to, ReadOnlySpan<Payload> payloads) => peers.SendSnapshot(to, frame.Written, payloads);

    /// <summary>Sends the core's messages, or holds them until their write is durable.</summary>
    public void Send(CoreOutput output)
    {
        foreach (ref readonly OutboundMessage message in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(output.Messages))
        {
            bool now = message.After == WriteNumber.None || (held.Count == 0 && message.After <= Durable);
            if (now)
            {
                Begin(FrameKind.CoreMessage).Raw(output.HeaderOf(message));
                peers.Send(message.To, frame.Written, output.PayloadsOf(message));
            }
            else
            {
                Hold(message, output);
            }
        }
    }

    /// <summary>All writes up to <paramref name="upTo"/> are durable: what waited for them leaves.</summary>
    public void ReleaseUpTo(WriteNumber upTo)
    {
        Invariant.Check(upTo >= Durable);
        Durable = upTo;
        while (held.TryPeek(out Held first) && first.After <= upTo)
        {
            held.Dequeue();
            leaving.Clear();
            for (int i = 0; i < first.PayloadCount; i++)
                leaving.Add(heldPayloads.Dequeue());
            peers.Send(
                first.To,
                first.Header.Bytes.AsSpan(0, first.HeaderLength),
                System.Runtime.InteropServices.CollectionsMarshal.AsSpan(leaving));
            first.Header.Release();
            foreach (Payload payload in leaving)
                payload.Release();
        }
    }

    /// <summary>The end of a step.</summary>
    public void Flush() => peers.Flush();

    /// <summary>The members to be linked with.</summary>
    public void Connect(in ConfigurationInForce inForce) => peers.Connect(inForce);

    /// <summary>What this member sent was no message.</summary>
    public void Drop(NodeId member) => peers.Drop(member);

    private void Hold(in OutboundMessage message, CoreOutput output)
    {
        ReadOnlySpan<byte> whole = Begin(FrameKind.CoreMessage).Raw(output.HeaderOf(message)).Written;
        Block header = pool.Rent(whole.Length);
        whole.CopyTo(header.Bytes);
        foreach (Payload payload in output.PayloadsOf(message))
        {
            payload.Retain();
            heldPayloads.Enqueue(payload);
        }

        held.Enqueue(new Held(message.To, message.After, header, whole.Length, message.PayloadCount));
    }

    private readonly record struct Held(NodeId To, WriteNumber After, Block Header, int HeaderLength, int PayloadCount);
}
