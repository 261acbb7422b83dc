using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>
/// Origin side of membership changes: given to the core where it leads, as soon as that takes it, else forwarded to the leader, once.
/// Owner: the loop.
/// </summary>
internal sealed class LocalChanges(LoopContext context, Outbox outbox, RequestIds ids)
{
    private const ulong Nobody = 0; // callers count from 1

    private readonly List<OpenChange> open = [];
    private ulong sequence;

    /// <summary>When a caller's time is over.</summary>
    public Tick NextWake
    {
        get
        {
            Tick wake = Tick.Never;
            foreach (OpenChange change in open)
                wake = change.Deadline < wake ? change.Deadline : wake;
            return wake;
        }
    }

    /// <summary>A local caller wants a change.</summary>
    public void Take(ConfigurationChange change)
    {
        if (open.Count >= context.Options.OpenChangesMax)
            End(change.RequestId, Failure.Refused(Refusal.TooManyRequests));
        else
            open.Add(new OpenChange(change, 0, default, context.Now + context.Options.RequestTicks));
    }

    /// <summary>
    /// A new instance of a member wants the old one's place. It says so until a configuration reaches it, so one change at a time is enough, and
    /// nobody waits for its end. What the old instance promised is forgotten with it: the new one comes back as a learner. The instance known here is named:
    /// should the request come late, it takes no place from a third one.
    /// </summary>
    public void TakeRejoin(NodeId member, InstanceId instance)
    {
        // Nothing to replace: it is none of ours, or the instance is still open, and whoever comes first is bound by the leader.
        if (!context.Running || context.Core.Configuration.Find(member) is not { Instance.IsOpen: false } named || named.Instance == instance)
            return;
        foreach (OpenChange waiting in open)
        {
            if (waiting.Change.RequestId == Nobody)
                return;
        }

        Member renewed = named with { Instance = instance, Role = MemberRole.Learner };
        Take(new ConfigurationChange(Nobody, [new MemberChange(ChangeKind.Replace, renewed, named.Instance)]));
    }

    /// <summary>Sends what waits to whoever leads, in the order in which it was asked.</summary>
    public void Flush()
    {
        for (int i = 0; i < open.Count; i++)
        {
            // How far a learner is the core has heard before: to ask again within the same step costs time and brings nothing.
            if (open[i].Id == 0 && open[i].LearnerAwaitedIn != context.Step && !Send(i))
                i--;
        }
    }

    /// <summary>How a change ended, by the core or by the leader's answer.</summary>
    /// <returns>False when it is none of ours.</returns>
    public bool Ended(ulong id, Refusal refusal, bool begun)
    {
        int at = open.FindIndex(change => change.Id == id);
        if (id == 0 || at < 0)
            return false;
        ulong number = open[at].Change.RequestId;
        open.RemoveAt(at);
        Failure? failure = refusal == Refusal.None ? null
            : begun ? new Failure(FailureReason.OutcomeUnknown)
            : Failure.Refused(refusal);
        End(number, failure);
        return true;
    }

    /// <summary>Another leader or epoch: what was sent to the former one may be lost.</summary>
    public void LeaderChanged(Epoch epoch)
    {
        for (int i = open.Count - 1; i >= 0; i--)
        {
            // What this member's own core was asked, it ends itself.
            if (open[i].Id == 0 || open[i].SentIn is not { } sentIn || sentIn >= epoch)
                continue;
            ulong number = open[i].Change.RequestId;
            open.RemoveAt(i);
            End(number, new Failure(FailureReason.OutcomeUnknown));
        }
    }

    /// <summary>Ends what has waited too long.</summary>
    public void Expire()
    {
        for (int i = open.Count - 1; i >= 0; i--)
        {
            OpenChange change = open[i];
            if (change.Deadline > context.Now)
                continue;
            open.RemoveAt(i);
            FailureReason reason = change.Id == 0 ? FailureReason.TimedOut : FailureReason.OutcomeUnknown;
            End(change.Change.RequestId, new Failure(reason));
        }
    }

    /// <summary>
    /// Whether the leader takes the change once what is under way has ended, or the next leader does: it waits for that. Members that start together
    /// all want a change at the same moment.
    /// </summary>
    public static bool MayBeTakenSoon(Refusal refusal) =>
        refusal is Refusal.NotLeader or Refusal.NotReady or Refusal.ChangePending or Refusal.TransferPending;

    /// <summary>
    /// Whether the change waits for its own learner to catch up, and holds no other one up meanwhile. Only the leader knows how far a learner is,
    /// so it is the leader that waits.
    /// </summary>
    public static bool AwaitsLearner(IReadOnlyList<MemberChange> steps, Refusal refusal)
    {
        if (refusal != Refusal.NotCaughtUp)
            return false;
        foreach (MemberChange step in steps)
        {
            if (step.Kind == ChangeKind.PromoteOnceCaughtUp)
                return true;
        }

        return false;
    }

    private void End(ulong number, Failure? failure)
    {
        if (number != Nobody)
            context.Callers.ChangeEnded(number, failure);
    }

    /// <returns>False when it ended.</returns>
    private bool Send(int at)
    {
        CoreStatus status = context.Core.Status;
        OpenChange change = open[at];
        ulong id = ids.Next();
        if (status.Role == CoreRole.Leader)
        {
            Refusal refusal = context.Core.Change(change.Change with { RequestId = id });
            if (refusal == Refusal.None)
            {
                open[at] = change with { Id = id };
            }
            else if (AwaitsLearner(change.Change.Steps, refusal))
            {
                change.LearnerAwaitedIn = context.Step;
            }
            else if (!MayBeTakenSoon(refusal))
            {
                open.RemoveAt(at);
                End(change.Change.RequestId, Failure.Refused(refusal));
                return false;
            }
        }
        else if (!status.Leader.IsNone && status.Leader != context.Self)
        {
            FrameWriter frame = outbox.Begin(FrameKind.Change)
                .Epoch(status.Epoch).UInt32(context.Start.StartCount).UInt64(++sequence).UInt64(id);
            ChangeCodec.Write(frame, change.Change.Steps);
            outbox.Send(status.Leader);
            open[at] = change with { Id = id, SentIn = status.Epoch };
        }

        return true;
    }

    /// <param name="Change">As the caller gave it.</param>
    /// <param name="Id">0 while it waits for a leader.</param>
    /// <param name="SentIn">The epoch in which it was forwarded; null when the own core has it.</param>
    /// <param name="Deadline">When it must end.</param>
    private sealed record OpenChange(ConfigurationChange Change, ulong Id, Epoch? SentIn, Tick Deadline)
    {
        /// <summary>The last step in which its learner lagged; 0: none.</summary>
        public ulong LearnerAwaitedIn { get; set; }
    }
}
