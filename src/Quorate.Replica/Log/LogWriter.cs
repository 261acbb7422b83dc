using Quorate.Consensus;
using Quorate.Storage;

namespace Quorate.Replica;

/// <summary>
/// The loop's side of the log: hands the core's writes over in batches, holds a reference to each payload until the log has taken it, and
/// knows which writes wait for how long. Owner: the loop.
/// </summary>
internal sealed class LogWriter(LoopContext context, LogVolume volume)
{
    private readonly Stack<LogBatch> spare = new();
    private readonly Queue<Pending> pending = new();

    /// <summary>The last write handed over.</summary>
    public WriteNumber Last { get; private set; }

    /// <summary>All writes up to here are durable.</summary>
    public WriteNumber Durable { get; private set; }

    /// <summary>Since when the oldest write that is not durable waits; null when none does.</summary>
    public Tick? WaitingSince => pending.TryPeek(out Pending oldest) ? oldest.Since : null;

    /// <summary>Hands over what the core wants written, if anything.</summary>
    public void Write(CoreOutput output)
    {
        if (output.Writes.Count == 0)
            return;
        LogBatch batch = spare.TryPop(out LogBatch? used) ? used : new LogBatch { Group = context.Group };
        batch.Writes.AddRange(output.Writes);
        batch.Entries.AddRange(output.WriteEntries);
        foreach (Entry entry in output.WriteEntries)
        {
            entry.Payload.Retain();
            volume.Add(entry.Index, entry.Payload.Length);
        }

        foreach (LogWrite write in output.Writes)
        {
            Invariant.Check(write.Number == Last.Next);
            Last = write.Number;
        }

        pending.Enqueue(new Pending(Last, context.Now));
        context.Log.Write(batch);
    }

    /// <summary>The log has taken a batch's bytes.</summary>
    public void Written(LogBatch batch)
    {
        foreach (Entry entry in batch.Entries)
            entry.Payload.Release();
        batch.Clear();
        spare.Push(batch);
    }

    /// <summary>All writes up to <paramref name="upTo"/> are durable.</summary>
    public void BecameDurable(WriteNumber upTo)
    {
        Invariant.Check(upTo >= Durable && upTo <= Last);
        Durable = upTo;
        while (pending.TryPeek(out Pending oldest) && oldest.Number <= upTo)
            pending.Dequeue();
    }

    private readonly record struct Pending(WriteNumber Number, Tick Since);
}
