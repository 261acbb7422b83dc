using System.Runtime.InteropServices;
using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>
/// Leader side of forwarded proposals. A batch is taken at most once: its sender's sequences only grow, and a batch of another epoch or
/// an earlier start is dropped unanswered, since an earlier copy of it may have been taken. Owner: the loop.
/// </summary>
internal sealed class ForwardedProposals(LoopContext context, Outbox outbox)
{
    private readonly SequencesSeen seen = new();
    private readonly List<Payload> commands = [];

    /// <summary>Takes a batch.</summary>
    /// <param name="from">Who forwards it.</param>
    /// <param name="instance">Which life of it.</param>
    /// <param name="frame">The frame, after its envelope.</param>
    /// <returns>False when the frame makes no sense.</returns>
    public bool Receive(NodeId from, InstanceId instance, in Payload frame)
    {
        var reader = new WireReader(frame.Span);
        Epoch epoch = reader.Epoch();
        uint startCount = reader.UInt32();
        ulong sequence = reader.UInt64();
        uint count = reader.UInt32();
        if (!reader.Sound || count == 0 || count > reader.Remaining / 8 || sequence == 0)
            return false;
        if (!Slice(frame, ref reader, (int)count, instance, startCount))
            return false;

        CoreStatus status = context.Core.Status;
        if (status.Role != CoreRole.Leader || status.Epoch != epoch)
            return true;
        if (!seen.Use(from, instance, startCount, sequence))
            return true;
        Refusal refusal = context.Core.Propose(CollectionsMarshal.AsSpan(commands));
        if (refusal != Refusal.None)
        {
            outbox.Begin(FrameKind.ProposalsRefused)
                .Epoch(epoch).UInt64(instance.Value).UInt32(startCount).UInt64(sequence).Byte((byte)refusal);
            outbox.Send(from);
        }

        return true;
    }

    /// <summary>Cuts the frame into commands and checks each against its checksum: from here on it is carried unread.</summary>
    private bool Slice(in Payload frame, ref WireReader lengths, int count, InstanceId instance, uint startCount)
    {
        commands.Clear();
        int start = frame.Length - lengths.Remaining + (count * 8);
        for (int i = 0; i < count; i++)
        {
            uint length = lengths.UInt32();
            uint checksum = lengths.UInt32();
            if (length < Origin.SizeBytes || length > frame.Length - start)
                return false;
            var command = new Payload(frame.Block!, frame.Offset + start, (int)length, checksum);
            Origin origin = Origin.Read(command.Span);
            if (origin.Instance != instance || origin.StartCount != startCount || Crc32C.Of(command.Span) != checksum)
                return false;
            commands.Add(command);
            start += (int)length;
        }

        return start == frame.Length;
    }
}
