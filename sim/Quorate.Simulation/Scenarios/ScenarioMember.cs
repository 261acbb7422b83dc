using System.Text;
using Quorate.Consensus;

namespace Quorate.Simulation.Scenarios;

/// <summary>
/// One member of a scenario: a real core, the disk it writes to, and the small part of a host that carries its outputs out.
/// </summary>
internal sealed class ScenarioMember(NodeId id, ScenarioWorld world)
{
    private readonly BlockPool pool = new();
    private readonly List<(Flight Flight, WriteNumber After)> waiting = [];
    private IConsensusCore? core;
    private WriteNumber durable;
    private int life = 1;
    private int starts;
    private string lastLine = "";

    public NodeId Id => id;

    public ScenarioDisk Disk { get; } = new();

    /// <summary>Null while it is down.</summary>
    public IConsensusCore? Core => core;

    public bool IsPaused { get; private set; }

    /// <summary>It runs and is not paused.</summary>
    public bool IsAwake => core is not null && !IsPaused;

    public InstanceId Instance => new((id.Value << 8) | (uint)life);

    /// <summary>Ticks that its clock is ahead of the others.</summary>
    public long ClockAhead { get; set; }

    public Tick Now => world.Now + ClockAhead;

    /// <summary>Commands applied, with the index of the last entry.</summary>
    public LogIndex AppliedUpTo { get; private set; }

    public void Start()
    {
        Require(core is null, "it runs already");
        starts++;
        durable = WriteNumber.None;
        DiskState disk = Disk.Written;
        HardState hard = disk.HardState;
        // Start takes the maximum: an entry of a newer term proves that the term was entered, though not who got the vote.
        if (disk.Entries.Count > 0 && disk.Entries.Values.Max(e => e.Epoch) is var newest && newest > hard.Epoch)
            hard = new HardState(newest, NodeId.None);
        core = world.Engine.Create(world.Options);
        AppliedUpTo = disk.Checkpoint.Index;
        ulong own = world.SameDraws ? 0 : id.Value * 1009;
        ulong seed = unchecked((world.Seed * 1_000_003) + own + (ulong)starts);
        core.Begin(new CoreStart(Now, id, Instance, hard, disk.Checkpoint, seed));
        foreach (StoredEntry stored in disk.Entries.Values)
            WithEntry(stored, (in Entry entry) => core.Recover(entry));
        core.Ready();
        CarryOut();
    }

    /// <summary>The process dies. With <paramref name="power"/> what was not durable is lost too.</summary>
    public void Stop(bool power)
    {
        Require(core is not null, "it does not run");
        core = null;
        IsPaused = false;
        waiting.Clear();
        if (power)
            Disk.CutPower();
        else
            Disk.Kill();
        Report();
    }

    /// <summary>The disk is replaced by an empty one: another instance.</summary>
    public void Wipe()
    {
        Require(core is null, "a running member's disk cannot be wiped");
        Disk.Wipe();
        life++;
        world.Say($"{id}  has an empty disk");
    }

    public void Pause()
    {
        RequireAwake();
        IsPaused = true;
        world.Say($"{id}  paused");
    }

    /// <summary>Time is handed in before anything that queued up.</summary>
    public void Resume()
    {
        Require(IsPaused, "it is not paused");
        IsPaused = false;
        world.Say($"{id}  resumed");
        GiveTime();
    }

    public void GiveTime()
    {
        core!.Advance(Now);
        CarryOut();
    }

    /// <summary>One input of any kind, the time before it, then what follows.</summary>
    public T Input<T>(Func<IConsensusCore, T> input)
    {
        RequireAwake();
        core!.Advance(Now);
        T result = input(core!);
        CarryOut();
        return result;
    }

    public void Receive(Flight flight)
    {
        if (flight.Snapshot is { } snapshot)
        {
            Input(c => c.InstallSnapshot(snapshot));
            return;
        }

        Block block = pool.Rent(flight.Bytes.Length);
        flight.Bytes.CopyTo(block.Bytes, 0);
        var frame = new Payload(block, 0, flight.Bytes.Length, 0);
        Require(Input(c => c.Receive(flight.From, flight.FromInstance, frame)), $"it does not understand '{flight.Text}'");
        block.Release();
    }

    public Refusal Propose(string[] commands)
    {
        Payload[] payloads = [.. commands.Select(c => Payload.Copy(pool, Encoding.UTF8.GetBytes(c)))];
        Refusal refusal = Input(c => c.Propose(payloads));
        foreach (Payload payload in payloads)
            payload.Release();
        return refusal;
    }

    /// <summary>The next <paramref name="count"/> writes are durable.</summary>
    public void Sync(int count)
    {
        RequireAwake();
        if (SyncDisk(count))
            CarryOut();
        else
            Report();
    }

    /// <summary>Publishes a checkpoint of what is applied.</summary>
    public void WriteCheckpoint()
    {
        Require(AppliedUpTo > Disk.Written.Checkpoint.Index, "nothing was applied since its last checkpoint");
        StoredEntry last = Disk.Written.Entries[AppliedUpTo.Value];
        var info = new SnapshotInfo(AppliedUpTo, last.Epoch, ConfigurationAt(AppliedUpTo));
        Disk.Publish(info);
        Input(c =>
        {
            c.CheckpointPublished(info, LogIndex.Zero);
            return true;
        });
    }

    /// <summary>The member in one line; the same words whenever nothing changed.</summary>
    public string Line()
    {
        if (core is null)
            return ScenarioText.Down(id, Disk);
        string members = core.Configuration.Equals(world.FirstConfiguration) ? "" : $"  members={ScenarioText.Members(core.Configuration)}";
        return ScenarioText.Line(id, world.Engine, core.Status, Disk) + members;
    }

    /// <summary>Says the member's line if it changed since it was last said.</summary>
    public void Report()
    {
        string line = Line();
        if (line == lastLine)
            return;
        lastLine = line;
        world.SayState(id, line);
    }

    private void CarryOut()
    {
        var outcomes = new List<string>();
        var sent = new List<Flight>();
        // A core may ask again in answer to what it asked for; a bound tells a loop from work.
        int turns = 0;
        do
        {
            Require(turns++ < 10_000, "its outputs never end");
            CarryOutOnce(core!.Output, outcomes, sent);
        }
        while (SyncFast() || !core.Output.IsEmpty);

        world.Safety.Observe(this);
        Report();
        outcomes.ForEach(world.Say);
        sent.ForEach(world.Send);
    }

    private void CarryOutOnce(CoreOutput output, List<string> outcomes, List<Flight> sent)
    {
        foreach (LogWrite write in output.Writes)
            Disk.Write(output, write, world.Engine.InstalledLog, Stored);
        foreach (OutboundMessage message in output.Messages)
            waiting.Add((Take(output, message), message.After));
        foreach (SnapshotRequest wanted in output.Snapshots)
            sent.Add(SnapshotFor(wanted));
        foreach (Entry entry in output.Decided)
        {
            world.Safety.Decided(id, entry);
            AppliedUpTo = entry.Index;
        }

        foreach (ReadOutcome read in output.Reads)
            outcomes.Add(world.Requests.EndRead(id, read));
        foreach (ChangeOutcome change in output.Changes)
            outcomes.Add(world.Requests.EndChange(id, change));
        LogIndex? drop = output.DropUpTo;
        LoadRequest[] loads = [.. output.Loads];
        bool applied = output.Decided.Count > 0;
        output.Clear();

        if (drop is { } upTo)
            Disk.DropUpTo(upTo);
        if (applied)
            core!.Applied(AppliedUpTo);
        foreach (LoadRequest load in loads)
            Load(load);
        foreach (Flight flight in sent.Where(f => f.Bytes.Length == 0 && f.Snapshot is null).ToArray())
            FailSnapshot(sent, flight);
        ReleaseMessages(sent);
    }

    private static StoredEntry Stored(in Entry entry) => new(entry.Index, entry.Epoch, entry.Kind, entry.Payload.Span.ToArray());

    private bool SyncFast() => !Disk.Stalled && SyncDisk(Disk.PendingCount);

    private bool SyncDisk(int count)
    {
        if (Disk.Sync(count) is not { } last)
            return false;
        durable = last;
        core!.WritesDurable(last);
        return true;
    }

    private void ReleaseMessages(List<Flight> sent)
    {
        // A link keeps its order: what waits for the disk holds back what comes after it to the same member only where the core says so.
        sent.AddRange(waiting.Where(w => w.After <= durable).Select(w => w.Flight));
        waiting.RemoveAll(w => w.After <= durable);
    }

    private Flight Take(CoreOutput output, in OutboundMessage message)
    {
        ReadOnlySpan<byte> header = output.HeaderOf(message);
        var bytes = new List<byte>(header.ToArray());
        foreach (Payload payload in output.PayloadsOf(message))
            bytes.AddRange(payload.Span);
        return new Flight(id, message.To, Instance, [.. bytes], world.Engine.Describe(header), null);
    }

    private Flight SnapshotFor(SnapshotRequest wanted)
    {
        SnapshotInfo latest = Disk.Written.Checkpoint;
        return latest.Index < wanted.AtLeast || latest.Index == LogIndex.Zero
            ? new Flight(id, wanted.To, Instance, [], "", null)
            : new Flight(
                id, wanted.To, Instance, [], $"Snapshot last={latest.Index}/{latest.Epoch} members={ScenarioText.Members(latest.Configuration)}", latest);
    }

    private void FailSnapshot(List<Flight> sent, Flight flight)
    {
        sent.Remove(flight);
        core!.SnapshotSent(flight.To, LogIndex.Zero, delivered: false);
    }

    private void Load(LoadRequest load)
    {
        var entries = new List<Entry>();
        for (LogIndex at = load.From; at <= load.To && Disk.Written.Entries.TryGetValue(at.Value, out StoredEntry? stored); at = at.Next)
            entries.Add(new Entry(stored.Index, stored.Epoch, stored.Kind, Payload.Copy(pool, stored.Bytes)));
        if (entries.Count == 0)
            core!.EntriesMissing(load.Ticket);
        else
            core!.EntriesLoaded(load.Ticket, entries.ToArray());
        foreach (Entry entry in entries)
            entry.Payload.Release();
    }

    private Configuration ConfigurationAt(LogIndex index)
    {
        Configuration found = Disk.Written.Checkpoint.Configuration;
        foreach (StoredEntry entry in Disk.Written.Entries.Values)
        {
            if (entry.Index <= index && entry.Kind == EntryKind.Configuration && Configuration.Read(entry.Bytes) is { } next && next.Follows(found))
                found = next;
        }

        return found;
    }

    private void WithEntry(StoredEntry stored, EntryUse use)
    {
        Payload payload = Payload.Copy(pool, stored.Bytes);
        use(new Entry(stored.Index, stored.Epoch, stored.Kind, payload));
        payload.Release();
    }

    private void RequireAwake() => Require(IsAwake, "it does not run");

    private void Require(bool condition, string trouble)
    {
        if (!condition)
            throw new ScenarioFailedException($"member {id}: {trouble}");
    }

    private delegate void EntryUse(in Entry entry);
}
