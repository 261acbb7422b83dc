using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>
/// Decided entries on their way to the state machine: in order, in batches, each command with the local caller that waits for it. While a
/// snapshot takes the state's place they wait here; the core hands out a bounded number before it is told of progress. Owner: the loop.
/// </summary>
internal sealed class ApplyQueue(LoopContext context, LocalProposals proposals)
{
    private readonly Stack<ApplyBatch> spare = new();
    private readonly Queue<ApplyBatch> waiting = new();
    private bool restoring;
    private LogIndex submitted = context.Start.Checkpoint.Index;
    private Epoch submittedEpoch = context.Start.Checkpoint.Epoch;
    private Epoch begunEpoch = context.Start.Checkpoint.Epoch; // the newest whose leader is known to have begun
    private Configuration configuration = context.Start.Checkpoint.Configuration;

    /// <summary>What the state machine holds once it has applied all it was handed, or will be.</summary>
    public SnapshotInfo Submitted => new(submitted, submittedEpoch, configuration);

    /// <summary>The last entry handed to the state machine, or waiting here to be.</summary>
    public LogIndex SubmittedIndex => submitted;

    /// <summary>The last entry that the state machine has applied.</summary>
    public LogIndex Applied { get; private set; } = context.Start.Checkpoint.Index;

    /// <summary>Whether everything decided so far is with the state machine: then <see cref="Submitted"/> is what a capture will hold.</summary>
    public bool IsCapturable => !restoring && waiting.Count == 0;

    /// <summary>Whether the state machine is so far behind that the core may soon hand out nothing more.</summary>
    public bool IsBehind => submitted - Applied >= Math.Max(context.Options.Core.ApplyEntriesMax / 4, 1);

    /// <summary>Takes what the core has decided.</summary>
    public void Submit(List<Entry> decided)
    {
        if (decided.Count == 0)
            return;
        ApplyBatch batch = spare.TryPop(out ApplyBatch? used) ? used : new ApplyBatch();
        foreach (Entry entry in decided)
            Add(entry, batch);
        batch.UpTo = submitted;
        if (restoring)
            waiting.Enqueue(batch);
        else
            context.Applier.Submit(batch);
    }

    /// <summary>A batch is applied.</summary>
    public void BatchApplied(ApplyBatch batch)
    {
        foreach (Payload payload in batch.Held)
            payload.Release();
        LogIndex upTo = batch.UpTo;
        batch.Held.Clear();
        batch.Commands.Clear();
        spare.Push(batch);
        AppliedUpTo(upTo);
    }

    /// <summary>The core has taken a snapshot: what it decides next comes after it.</summary>
    public void SnapshotInstalled(SnapshotInfo snapshot)
    {
        Invariant.Check(snapshot.Index > submitted);
        restoring = true;
        submitted = snapshot.Index;
        submittedEpoch = snapshot.Epoch;
        configuration = snapshot.Configuration;

        // What still waits for an earlier snapshot's restore is covered by this one: what it answers nobody will know.
        while (waiting.TryDequeue(out ApplyBatch? covered))
        {
            foreach (Command command in covered.Commands)
            {
                if (command.Caller != 0)
                    context.Callers.Failed(command.Caller, new Failure(FailureReason.OutcomeUnknown));
            }

            foreach (Payload payload in covered.Held)
                payload.Release();
            covered.Held.Clear();
            covered.Commands.Clear();
            spare.Push(covered);
        }
    }

    /// <summary>The state machine holds the snapshot: what was decided meanwhile follows.</summary>
    public void Restored(LogIndex upTo)
    {
        Invariant.Check(restoring);
        restoring = false;
        AppliedUpTo(upTo);
        while (waiting.TryDequeue(out ApplyBatch? batch))
            context.Applier.Submit(batch);
    }

    private void Add(in Entry entry, ApplyBatch batch)
    {
        // Agreement rests on it: no gap, no repeat (mutant: snap-overwrites-newer).
        Invariant.Check(entry.Index == submitted.Next);
        if (entry.Kind == EntryKind.Configuration && Configuration.Read(entry.Payload.Span) is { } next && next.Follows(configuration))
            configuration = next;
        if (entry.Kind == EntryKind.Command)
        {
            ulong caller = Caller(entry.Payload);
            entry.Payload.Retain();
            batch.Held.Add(entry.Payload);
            batch.Commands.Add(new Command(entry.Index, caller, entry.Payload.Memory[Origin.SizeBytes..]));
        }

        // A leader begins with a no-op. What it found and proposes anew in its own epoch (Multi-Paxos) comes before, and is nobody's loss. Unless a gap among that
        // is filled by a no-op: then the callers of what comes after the gap are told that nobody knows, though it is decided.
        if (entry.Kind == EntryKind.NoOp && entry.Epoch > begunEpoch)
        {
            begunEpoch = entry.Epoch;
            proposals.LeaderBegan(entry.Epoch);
        }

        submitted = entry.Index;
        submittedEpoch = entry.Epoch;
    }

    private ulong Caller(in Payload payload)
    {
        Origin origin = Origin.Read(payload.Span);
        bool own = origin.Instance == context.Start.Instance && origin.StartCount == context.Start.StartCount && origin.Number != 0;
        return own ? proposals.Decided(origin.Number) : 0;
    }

    private void AppliedUpTo(LogIndex upTo)
    {
        if (upTo <= Applied)
            return; // a batch from before a snapshot that is in place already
        Applied = upTo;
        context.Core.Applied(upTo);
    }
}
