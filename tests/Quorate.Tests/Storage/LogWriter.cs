using Quorate.Consensus;
using Quorate.Storage;
using Xunit;

namespace Quorate.Tests.Storage;

/// <summary>Writes to a world's log as a Raft core would, and remembers what a disk may show of it afterwards.</summary>
internal sealed class LogWriter(StorageWorld world)
{
    private readonly List<Step> steps = [];
    private List<Kept> atStart = [];
    private HardState hardAtStart;
    private LogIndex installedAtStart;
    private ulong next = 1;
    private LogBatch batch = new();

    /// <summary>Last index in the log as the writer sees it.</summary>
    public ulong Last { get; private set; }

    public ulong Term { get; private set; } = 1;

    public LogIndex Dropped { get; private set; }

    public WriteNumber LastNumber => new(next - 1);

    public HardState Hard { get; private set; }

    /// <summary>The log as written so far.</summary>
    public List<Kept> Now => After(steps.Count);

    public void Append(int length)
    {
        Last++;
        int start = batch.Entries.Count;
        batch.Entries.Add(world.EntryOf(Last, Term, length));
        Add(new LogWrite(new(next), LogWriteKind.Append, start, 1), new Step(new(next), StepKind.Append, new Kept(Last, Term, length)));
    }

    public void AppendMany(int count, int length)
    {
        int start = batch.Entries.Count;
        for (int i = 0; i < count; i++)
        {
            Last++;
            batch.Entries.Add(world.EntryOf(Last, Term, length));
            steps.Add(new Step(new(next), StepKind.Append, new Kept(Last, Term, length)));
        }

        batch.Writes.Add(new LogWrite(new(next++), LogWriteKind.Append, start, count));
    }

    public void TruncateAfter(ulong index)
    {
        Last = index;
        Add(
            new LogWrite(new(next), LogWriteKind.TruncateAfter, Index: new(index)),
            new Step(new(next), StepKind.Truncate, new Kept(index, 0, 0)));
    }

    /// <summary>A newer term, with a vote.</summary>
    public void RaiseTerm(ulong vote)
    {
        Term++;
        Hard = new HardState(new Epoch(Term), new NodeId(vote));
        Add(
            new LogWrite(new(next), LogWriteKind.HardState, HardState: Hard),
            new Step(new(next), StepKind.Hard, new Kept(0, Term, (int)vote)));
    }

    /// <summary>A newer term that only entries will tell of.</summary>
    public void RaiseTermSilently() => Term++;

    public void Install(SnapshotInfo info)
    {
        bool matched = Now.Exists(k => k.Index == info.Index.Value && k.Epoch == (ulong)info.Epoch.Value);
        if (!matched)
            Last = info.Index.Value;
        Add(
            new LogWrite(new(next), LogWriteKind.Install, Snapshot: info),
            new Step(new(next), StepKind.Install, new Kept(info.Index.Value, (ulong)info.Epoch.Value, matched ? 1 : 0)));
    }

    public void Send()
    {
        if (batch.Writes.Count == 0)
            return;
        world.Storage!.Log.Write(batch);
        batch = new LogBatch();
    }

    public void Drop(LogIndex upTo)
    {
        Dropped = LogIndex.Max(Dropped, upTo);
        world.Storage!.Log.Drop(StorageWorld.Group, upTo);
    }

    /// <summary>After a restart: what it found must be what was written, up to some point not before what was reported durable.</summary>
    public void Check(WriteNumber durable)
    {
        List<Kept> found = [];
        foreach ((RecoveredRecord record, byte[] payload) in world.Recovered)
        {
            var kept = new Kept(record.Index.Value, (ulong)record.Epoch.Value, payload.Length);
            Assert.Equal(StorageWorld.BytesOf(kept.Index, kept.Epoch, kept.Length), payload);
            found.Add(kept);
        }

        LogIndex installed = world.Storage!.Checkpoints.Latest.Index;
        int must = steps.Count(s => s.Number <= durable);
        int at = must;
        while (at <= steps.Count && !Matches(After(at), found))
            at++;
        Assert.True(
            at <= steps.Count,
            $"nothing written leads to what was found: {string.Join(' ', found)}; durable: {string.Join(' ', After(must))}; "
            + $"checkpoint: {installed}; steps: {string.Join(' ', steps)}; at start: {string.Join(' ', atStart)}, {installedAtStart}");
        LogIndex least = LogIndex.Max(InstalledAfter(must), world.LastPublished);
        LogIndex most = LogIndex.Max(InstalledAfter(steps.Count), world.LastAsked);
        Assert.True(least <= installed && installed <= most, $"checkpoint {installed}, expected {least} to {most}");
        CheckHard(durable);
        Restart(found);
    }

    private static bool IsRemainder(List<Kept> all, List<Kept> found) =>
        found.Count <= all.Count && all[^found.Count..].SequenceEqual(found);

    /// <summary>Entries that were dropped, or that the snapshot found covers, may be gone, from the first on.</summary>
    private bool Matches(List<Kept> all, List<Kept> found) =>
        IsRemainder(all, found) && all[..^found.Count].TrueForAll(k => k.Index <= LogIndex.Max(Dropped, world.Storage!.Checkpoints.Latest.Index).Value);

    private void CheckHard(WriteNumber durable)
    {
        HardState found = world.Storage!.HardStateOf(StorageWorld.Group);
        HardState least = hardAtStart;
        bool known = found == hardAtStart;
        foreach (Step step in steps)
        {
            if (step.Kind == StepKind.Hard)
            {
                var state = new HardState(new Epoch(step.What.Epoch), new NodeId((ulong)step.What.Length));
                known |= found == state;
                if (step.Number <= durable)
                    least = state;
            }
            else if (step.Kind is StepKind.Append or StepKind.Install)
            {
                known |= found == new HardState(new Epoch(step.What.Epoch), NodeId.None);
            }
        }

        known |= atStart.Exists(k => found == new HardState(new Epoch(k.Epoch), NodeId.None));
        Assert.True(known && found.Epoch >= least.Epoch && (found.Epoch > least.Epoch || found.VotedFor == least.VotedFor));
    }

    private void Restart(List<Kept> found)
    {
        steps.Clear();
        batch = new LogBatch();
        atStart = found;
        next = 1;
        installedAtStart = world.Storage!.Checkpoints.Latest.Index;
        hardAtStart = world.Storage.HardStateOf(StorageWorld.Group);
        Hard = hardAtStart;
        Last = Math.Max(found.Count == 0 ? 0 : found[^1].Index, installedAtStart.Value);
        Term = Math.Max((ulong)hardAtStart.Epoch.Value, 1);
    }

    private void Add(LogWrite write, Step step)
    {
        batch.Writes.Add(write);
        steps.Add(step);
        next++;
    }

    private List<Kept> After(int count)
    {
        List<Kept> log = [.. atStart];
        foreach (Step step in steps[..count])
        {
            if (step.Kind == StepKind.Append)
                log.Add(step.What);
            else if (step.Kind == StepKind.Truncate)
                log.RemoveAll(k => k.Index > step.What.Index);
            else if (step.Kind == StepKind.Install && step.What.Length == 0)
                log.Clear();
        }

        return log;
    }

    private LogIndex InstalledAfter(int count)
    {
        LogIndex last = installedAtStart;
        foreach (Step step in steps[..count])
        {
            if (step.Kind == StepKind.Install)
                last = new LogIndex(step.What.Index);
        }

        return last;
    }

    internal readonly record struct Kept(ulong Index, ulong Epoch, int Length)
    {
        public override string ToString() => $"{Index}/{Epoch}";
    }

    private enum StepKind : byte
    {
        Append,
        Truncate,
        Hard,
        Install,
    }

    private readonly record struct Step(WriteNumber Number, StepKind Kind, Kept What);
}
