using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>
/// Local callers who want leadership handed over. They are told when another member is seen to lead, whoever carried it out. Owner:
/// the loop.
/// </summary>
internal sealed class LocalTransfers(LoopContext context, Outbox outbox)
{
    private readonly List<OpenTransfer> open = [];

    /// <summary>When a caller's time is over.</summary>
    public Tick NextWake => open.Count == 0 ? Tick.Never : open[0].Deadline;

    /// <summary>A local caller wants leadership to go to <paramref name="target"/>, or to anybody else.</summary>
    public void Take(ulong transfer, NodeId target)
    {
        if (open.Count >= context.Options.OpenChangesMax)
            context.Callers.TransferEnded(transfer, Failure.Refused(Refusal.TooManyRequests));
        else
            open.Add(new OpenTransfer(transfer, target, NodeId.None, context.Now + context.Options.RequestTicks));
    }

    /// <summary>Asks who leads, once; ends those whose wish has come true.</summary>
    public void Flush()
    {
        CoreStatus status = context.Core.Status;
        for (int i = 0; i < open.Count; i++)
        {
            OpenTransfer transfer = open[i];
            if (status.Leader.IsNone || transfer.Asked == status.Leader)
                continue;
            bool done = transfer.Target.IsNone ? !transfer.Asked.IsNone : status.Leader == transfer.Target;
            if (done)
                End(i--, null);
            else
                i -= Ask(i, status) ? 0 : 1;
        }
    }

    /// <summary>The leader does not do it.</summary>
    public void Refused(ulong number, Refusal refusal)
    {
        int at = open.FindIndex(transfer => transfer.Number == number);
        if (at >= 0)
            End(at, Failure.Refused(refusal));
    }

    /// <summary>Ends what has waited too long.</summary>
    public void Expire()
    {
        while (open.Count > 0 && open[0].Deadline <= context.Now)
            End(0, new Failure(open[0].Asked.IsNone ? FailureReason.TimedOut : FailureReason.OutcomeUnknown));
    }

    /// <returns>False when it ended.</returns>
    private bool Ask(int at, in CoreStatus status)
    {
        OpenTransfer transfer = open[at];
        if (status.Role == CoreRole.Leader)
        {
            Refusal refusal = context.Core.Transfer(transfer.Target);
            if (refusal is not (Refusal.None or Refusal.TransferPending or Refusal.NotLeader))
            {
                End(at, Failure.Refused(refusal));
                return false;
            }
        }
        else
        {
            outbox.Begin(FrameKind.Transfer).Epoch(status.Epoch).UInt64(transfer.Number).UInt64(transfer.Target.Value);
            outbox.Send(status.Leader);
        }

        open[at] = transfer with { Asked = status.Leader };
        return true;
    }

    private void End(int at, Failure? failure)
    {
        ulong number = open[at].Number;
        open.RemoveAt(at);
        context.Callers.TransferEnded(number, failure);
    }

    /// <param name="Number">The caller's.</param>
    /// <param name="Target">Who shall lead; none: anybody else.</param>
    /// <param name="Asked">The leader that was asked; none while it waits for one.</param>
    /// <param name="Deadline">When it must end.</param>
    private readonly record struct OpenTransfer(ulong Number, NodeId Target, NodeId Asked, Tick Deadline);
}
