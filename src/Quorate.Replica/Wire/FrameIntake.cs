using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>
/// Frames of other members: opens the envelope and brings each to whom it is for. A frame stays referenced until the step has
/// carried everything out, since outputs may point into it. Owner: the loop.
/// </summary>
internal sealed class FrameIntake(
    LoopContext context, Outbox outbox, Callers callers, SnapshotSender sender, SnapshotReceiver receiver, ApplyQueue apply)
{
    private readonly List<Payload> taken = [];

    /// <summary>Takes a frame and its reference.</summary>
    public void Take(in ReplicaEvent arrived)
    {
        Payload frame = arrived.Bytes;
        taken.Add(frame);
        if (!context.Running)
            return; // it may be lost like any frame: nobody here could answer for the log yet
        var from = new NodeId(arrived.Number);
        var instance = new InstanceId(arrived.Other);
        if (Open(from, instance, frame, arrived.Kind == ReplicaEventKind.SnapshotFrame))
            return;
        context.Notice(NoticeKind.MalformedFrame, from, bytes: frame.Length);
        outbox.Drop(from);
    }

    /// <summary>The step is over: gives the references back.</summary>
    public void ReleaseTaken()
    {
        foreach (Payload frame in taken)
            frame.Release();
        taken.Clear();
    }

    private bool Open(NodeId from, InstanceId instance, in Payload frame, bool snapshotStream)
    {
        if (!Envelope.TryRead(frame.Span, out Envelope envelope)
            || envelope.Group != context.Group || envelope.Sender != from || envelope.Instance != instance)
            return false;
        var body = new Payload(
            frame.Block!, frame.Offset + Envelope.SizeBytes, frame.Length - Envelope.SizeBytes, checksum: 0);
        bool snapshotFrame = envelope.Kind is FrameKind.SnapshotBegin or FrameKind.SnapshotPiece or FrameKind.SnapshotEnd;
        if (snapshotFrame != snapshotStream)
            return false;
        return envelope.Kind switch
        {
            FrameKind.CoreMessage => context.Core.Receive(from, instance, body),
            FrameKind.SnapshotBegin => receiver.Begin(from, instance, body.Span),
            FrameKind.SnapshotPiece => receiver.Piece(from, body.Span),
            FrameKind.SnapshotEnd => receiver.End(from, body.Span),
            FrameKind.SnapshotAck => sender.Receive(from, body.Span),
            _ => callers.Receive(envelope.Kind, from, instance, body, apply.Applied),
        };
    }
}
