using System.Buffers;
using Quorate.Consensus;
using Xunit;

namespace Quorate.Tests.Engines;

/// <summary>A core with a disk, and what it has handed out so far.</summary>
internal sealed class TestMember
{
    private readonly CoreOptions options;
    private readonly TestNetwork network;
    private readonly List<(WriteNumber After, NodeId To, byte[] Frame)> waiting = [];
    private readonly SortedDictionary<ulong, Configuration> configurations = [];
    private ulong starts;

    public TestMember(NodeId id, InstanceId instance, Configuration first, CoreOptions options, TestNetwork network)
    {
        (Id, Instance, First, this.options, this.network) = (id, instance, first, options, network);
        Disk = new TestDisk(network.IsRaft);
        Disk.Publish(SnapshotInfo.Initial(first));
        Core = null!;
        Start();
    }

    public NodeId Id { get; }

    public InstanceId Instance { get; }

    /// <summary>The configuration that its disk was made with.</summary>
    public Configuration First { get; }

    public TestDisk Disk { get; }

    public IConsensusCore Core { get; private set; }

    public bool Up { get; private set; }

    public List<LoadRequest> Loads { get; } = [];

    public List<SnapshotRequest> Snapshots { get; } = [];

    public List<ReadOutcome> Reads { get; } = [];

    public List<ChangeOutcome> Changes { get; } = [];

    /// <summary>The last entry that the state machine has applied.</summary>
    public LogIndex Applied { get; private set; }

    public bool IsLeader => Up && Core.Status.Role == CoreRole.Leader;

    public void Start()
    {
        Core = network.Engine.Create(options);
        Up = true;
        DiskImage image = Disk.Durable;
        configurations.Clear();
        configurations[image.Checkpoint.Index.Value] = image.Checkpoint.Configuration;
        Applied = image.Checkpoint.Index;
        Core.Begin(new CoreStart(network.Now, Id, Instance, image.HardState, image.Checkpoint, (Id.Value * 1000) + starts++));
        foreach (StoredEntry stored in image.Entries.Values)
        {
            Payload payload = network.Copy(stored.Bytes);
            Core.Recover(new Entry(stored.Index, stored.Epoch, stored.Kind, payload));
            payload.Release();
        }

        Core.Ready();
        Flush();
    }

    /// <summary>Power is cut; some writes that were not durable may survive.</summary>
    public void Crash(int kept)
    {
        Core.Output.Clear();
        ((IDisposable)Core).Dispose();
        Disk.PowerCut(kept);
        waiting.Clear();
        Loads.Clear();
        Snapshots.Clear();
        Up = false;
    }

    public void Receive(NodeId from, InstanceId instance, byte[] frame)
    {
        Payload payload = network.Copy(frame);
        Assert.True(Core.Receive(from, instance, payload), $"refused: {network.Engine.Describe(frame)} {Convert.ToHexString(frame)}");
        Flush();
        payload.Release();
    }

    public Refusal Propose(params byte[][] commands)
    {
        Payload[] payloads = [.. commands.Select(network.Copy)];
        Refusal refusal = Core.Propose(payloads);
        Flush();
        foreach (Payload payload in payloads)
            payload.Release();
        return refusal;
    }

    /// <summary>Makes an input and carries out what comes of it.</summary>
    public T Do<T>(Func<IConsensusCore, T> input)
    {
        T result = input(Core);
        Flush();
        return result;
    }

    /// <summary>Makes an input and carries out what comes of it.</summary>
    public void Do(Action<IConsensusCore> input)
    {
        input(Core);
        Flush();
    }

    public void Sync(int count)
    {
        WriteNumber durable = Disk.Sync(count);
        Core.WritesDurable(durable);
        Flush();
        int ready = waiting.FindIndex(message => message.After > durable);
        if (ready < 0)
            ready = waiting.Count;
        for (int i = 0; i < ready; i++)
            network.Send(this, waiting[i].To, waiting[i].Frame);
        waiting.RemoveRange(0, ready);
    }

    public void AnswerLoad()
    {
        LoadRequest load = Loads[0];
        Loads.RemoveAt(0);
        var entries = new List<Entry>();
        for (ulong i = load.From.Value; i <= load.To.Value && Disk.Written.Entries.TryGetValue(i, out StoredEntry? stored); i++)
            entries.Add(new Entry(stored.Index, stored.Epoch, stored.Kind, network.Copy(stored.Bytes)));
        if (entries.Count == 0)
            Core.EntriesMissing(load.Ticket);
        else
            Core.EntriesLoaded(load.Ticket, entries.ToArray());
        Flush();
        foreach (Entry entry in entries)
            entry.Payload.Release();
    }

    /// <summary>Publishes a checkpoint of what is applied and durable.</summary>
    public void Checkpoint(LogIndex dropAtLeast)
    {
        if (!TryCheckpoint(out SnapshotInfo? info))
            return;
        Disk.Publish(info!);
        Do(core => core.CheckpointPublished(info!, dropAtLeast));
    }

    /// <summary>A snapshot that another member sent has arrived whole.</summary>
    public bool Install(SnapshotInfo snapshot)
    {
        bool taken = Core.InstallSnapshot(snapshot);
        if (taken)
        {
            Applied = snapshot.Index;
            configurations[snapshot.Index.Value] = snapshot.Configuration;
        }

        Flush();
        return taken;
    }

    /// <summary>Goes on with a core rebuilt from the state of this one: nobody may notice.</summary>
    public void RebuildFromState()
    {
        if (Disk.PendingCount > 0)
            return; // its writes would be counted otherwise
        byte[] state = State(Core);
        IConsensusCore rebuilt = network.Engine.Create(options);
        rebuilt.Begin(new CoreStart(network.Now, Id, Instance, default, SnapshotInfo.Initial(Configuration.Empty), 0));
        rebuilt.ReadState(state, network.Pool);
        Assert.Equal(state, State(rebuilt));
        ((IDisposable)Core).Dispose();
        Core = rebuilt;
        Disk.CountAnew();
    }

    private static byte[] State(IConsensusCore core)
    {
        var state = new ArrayBufferWriter<byte>();
        core.WriteState(state);
        return state.WrittenSpan.ToArray();
    }

    private bool TryCheckpoint(out SnapshotInfo? info)
    {
        info = null;
        if (!Disk.Durable.Entries.TryGetValue(Applied.Value, out StoredEntry? last) || Applied <= Disk.Durable.Checkpoint.Index)
            return false;
        Configuration configuration = configurations.Last(held => held.Key <= Applied.Value).Value;
        info = new SnapshotInfo(Applied, last.Epoch, configuration);
        return true;
    }

    private void Flush()
    {
        CoreOutput output = Core.Output;
        foreach (LogWrite write in output.Writes)
            Disk.Write(output, write);
        foreach (OutboundMessage message in output.Messages)
            Post(output, message);
        foreach (Entry entry in output.Decided)
        {
            Assert.Equal(Applied.Next, entry.Index);
            Applied = entry.Index;
            if (entry.Kind == EntryKind.Configuration && Configuration.Read(entry.Payload.Span) is { } next && next.Follows(configurations.Last().Value))
                configurations[entry.Index.Value] = next;
            network.Decided(this, entry);
        }

        Loads.AddRange(output.Loads);
        Snapshots.AddRange(output.Snapshots);
        Reads.AddRange(output.Reads);
        Changes.AddRange(output.Changes);
        if (output.DropUpTo is { } upTo)
            Disk.Drop(upTo);
        bool applied = output.Decided.Count > 0;
        output.Clear();
        if (applied)
            Do(core => core.Applied(Applied));
        network.Observe(this);
    }

    private void Post(CoreOutput output, in OutboundMessage message)
    {
        var frame = new List<byte>();
        frame.AddRange(output.HeaderOf(message));
        foreach (Payload payload in output.PayloadsOf(message))
            frame.AddRange(payload.Span);
        if (message.After <= Disk.DurableNumber)
            network.Send(this, message.To, [.. frame]);
        else
            waiting.Add((message.After, message.To, [.. frame]));
    }
}
