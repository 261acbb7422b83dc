using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>
/// Origin side of linearizable reads: callers that wait share a round; a round asks the leader for a read index and ends when this member
/// has applied it. A read has no effect, so a round that may be lost is simply asked again. Owner: the loop.
/// </summary>
internal sealed class LocalReads(LoopContext context, Outbox outbox, RequestIds ids)
{
    private readonly List<ReadRound> asked = [];
    private readonly List<ReadRound> answered = [];
    private readonly Stack<ReadRound> spare = new();
    private List<OpenRead> waiting = [];
    private Tick notBefore;
    private Epoch refusedIn;

    /// <summary>Reads that have not ended.</summary>
    public int Count { get; private set; }

    /// <summary>Whether readers wait for what is decided to be applied here.</summary>
    public bool AwaitApplied => answered.Count > 0;

    /// <summary>When a caller's time is over or a round is to be asked again.</summary>
    public Tick NextWake
    {
        get
        {
            Tick wake = waiting.Count > 0 ? waiting[0].Deadline : Tick.Never;
            if (waiting.Count > 0 && notBefore > context.Now)
                wake = Tick.Min(wake, notBefore);
            foreach (ReadRound round in asked)
                wake = Tick.Min(wake, Tick.Min(round.Reads[0].Deadline, RetryAt(round)));
            foreach (ReadRound round in answered)
                wake = Tick.Min(wake, round.Reads[0].Deadline);
            return wake;
        }
    }

    /// <summary>A local caller wants to read.</summary>
    public void Take(ulong read)
    {
        if (Count >= context.Options.OpenReadsMax)
        {
            context.Callers.ReadFailed(read, Failure.Refused(Refusal.TooManyRequests));
            return;
        }

        Count++;
        waiting.Add(new OpenRead(read, context.Now + context.Options.RequestTicks));
    }

    /// <summary>Begins a round for those that wait, if a leader is known and not too many are under way.</summary>
    public void Flush()
    {
        if (waiting.Count == 0 || asked.Count >= context.Options.ReadRoundsMax)
            return;
        CoreStatus status = context.Core.Status;
        if (status.Leader.IsNone && status.Role != CoreRole.Leader)
            return;
        if (context.Now < notBefore && status.Epoch == refusedIn)
            return;
        ulong id = ids.Next();
        bool local = status.Role == CoreRole.Leader;
        if (local)
        {
            switch (context.Core.Read(id))
            {
                case Refusal.None:
                    break;
                case Refusal.TooManyRequests:
                    FailWaiting(Failure.Refused(Refusal.TooManyRequests));
                    return;
                default:
                    return; // not ready, or no longer the leader: they go on waiting
            }
        }
        else if (status.Leader == context.Self)
        {
            return;
        }
        else
        {
            outbox.Begin(FrameKind.Read).Epoch(status.Epoch).UInt64(id);
            outbox.Send(status.Leader);
        }

        ReadRound round = spare.TryPop(out ReadRound? used) ? used : new ReadRound();
        round.Id = id;
        round.Leader = local ? context.Self : status.Leader;
        round.Epoch = status.Epoch;
        round.AskedAt = context.Now;
        round.Swap(ref waiting);
        asked.Add(round);
    }

    /// <summary>A round's answer.</summary>
    /// <returns>False when the round is none of ours, or was given up.</returns>
    public bool Answered(ulong id, LogIndex index, Refusal refusal, LogIndex applied)
    {
        int at = asked.FindIndex(round => round.Id == id);
        if (at < 0)
            return false;
        ReadRound round = asked[at];
        asked.RemoveAt(at);
        if (refusal != Refusal.None)
        {
            notBefore = context.Now + 1; // or as soon as another epoch begins
            refusedIn = round.Epoch;
            WaitAgain(round);
            return true;
        }

        round.Index = index;
        if (index <= applied)
            Serve(round);
        else
            answered.Add(round);
        return true;
    }

    /// <summary>The state machine has come this far.</summary>
    public void Applied(LogIndex applied)
    {
        for (int i = answered.Count - 1; i >= 0; i--)
        {
            if (answered[i].Index > applied)
                continue;
            Serve(answered[i]);
            answered.RemoveAt(i);
        }
    }

    /// <summary>Another leader or epoch: what the former one was asked is asked again.</summary>
    public void LeaderChanged()
    {
        for (int i = asked.Count - 1; i >= 0; i--)
        {
            // The core itself ends what it was asked; a frame to another may be lost.
            if (asked[i].Leader == context.Self)
                continue;
            WaitAgain(asked[i]);
            asked.RemoveAt(i);
        }
    }

    /// <summary>Asks again what was not answered, and ends what has waited too long.</summary>
    public void Expire()
    {
        for (int i = asked.Count - 1; i >= 0; i--)
        {
            if (RetryAt(asked[i]) > context.Now)
                continue;
            WaitAgain(asked[i]);
            asked.RemoveAt(i);
        }

        Expire(waiting);
        ExpireRounds(asked);
        ExpireRounds(answered);
    }

    private Tick RetryAt(ReadRound round) =>
        round.Leader == context.Self ? Tick.Never : round.AskedAt + context.Options.ReadRetryTicks;

    private void ExpireRounds(List<ReadRound> rounds)
    {
        for (int i = rounds.Count - 1; i >= 0; i--)
        {
            Expire(rounds[i].Reads);
            if (rounds[i].Reads.Count > 0)
                continue;
            spare.Push(rounds[i]);
            rounds.RemoveAt(i);
        }
    }

    private void Expire(List<OpenRead> reads)
    {
        int over = 0;
        while (over < reads.Count && reads[over].Deadline <= context.Now)
            context.Callers.ReadFailed(reads[over++].Number, new Failure(FailureReason.TimedOut));
        if (over == 0)
            return;
        reads.RemoveRange(0, over);
        Count -= over;
    }

    private void FailWaiting(Failure failure)
    {
        foreach (OpenRead read in waiting)
            context.Callers.ReadFailed(read.Number, failure);
        Count -= waiting.Count;
        waiting.Clear();
    }

    private void Serve(ReadRound round)
    {
        foreach (OpenRead read in round.Reads)
            context.Callers.ReadReady(read.Number);
        Count -= round.Reads.Count;
        round.Reads.Clear();
        spare.Push(round);
    }

    /// <summary>Puts a round's readers before those who came later: deadlines ascend.</summary>
    private void WaitAgain(ReadRound round)
    {
        round.Reads.AddRange(waiting);
        waiting.Clear();
        round.Swap(ref waiting);
        spare.Push(round);
        // Rounds may be given up in any order.
        waiting.Sort(static (a, b) => a.Deadline.CompareTo(b.Deadline));
    }
}
