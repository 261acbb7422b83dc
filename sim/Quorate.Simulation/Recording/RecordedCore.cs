using System.Runtime.InteropServices;
using System.Text;
using Quorate.Checkers;
using Quorate.Consensus;
using Quorate.Simulation.Scenarios;

namespace Quorate.Simulation;

/// <summary>
/// Tells the recorder where a core stands and what its log holds, in the words of scenarios, whenever that has changed. Owner: the replica loop of its
/// process.
/// </summary>
internal sealed class RecordedCore(IConsensusCore core, Machine member, Recorder recorder) : CoreWindow(core)
{
    /// <summary>So many of a log's last entries are written out.</summary>
    public const int EntriesMax = 8;

    private readonly IConsensusCore core = core;
    private readonly IConsensusEngine engine = member.World.Options.Engine;
    private readonly ScenarioDisk disk = new();
    private readonly List<StoredEntry> found = [];
    private CoreStart start = null!;
    private string lastLine = "";

    public override void Begin(CoreStart begin)
    {
        start = begin;
        core.Begin(begin);
    }

    public override void Recover(in Entry entry)
    {
        found.Add(Stored(entry));
        core.Recover(entry);
    }

    public override void Ready()
    {
        disk.Prepare(state =>
        {
            state.HardState = start.HardState;
            foreach (StoredEntry entry in found)
                state.Entries[entry.Index.Value] = entry;
            state.DropUpTo(start.Checkpoint.Index);
            state.Checkpoint = start.Checkpoint;
            state.Dropped = (start.Checkpoint.Index, start.Checkpoint.Epoch);
        });
        core.Ready();
        Look();
    }

    public override void WritesDurable(WriteNumber upTo)
    {
        disk.SyncUpTo(upTo);
        core.WritesDurable(upTo);
        Look();
    }

    /// <summary>The process has ended.</summary>
    /// <param name="power">What was not durable may be gone.</param>
    public void Ended(bool power)
    {
        if (power)
            disk.CutPower();
        else
            disk.Kill();
        Tell(ScenarioText.Down(member.Id, disk, EntriesMax));
    }

    protected override void Look()
    {
        CoreOutput output = core.Output;
        foreach (ref readonly LogWrite write in CollectionsMarshal.AsSpan(output.Writes))
        {
            if (write.Number > disk.Newest)
                disk.Write(output, write, engine.InstalledLog, Stored);
        }

        if (output.DropUpTo is { } dropped)
            disk.DropUpTo(dropped);
        Tell(ScenarioText.Line(member.Id, engine, core.Status, disk, EntriesMax));
    }

    private void Tell(string line)
    {
        if (line != lastLine)
            recorder.State(member.World.Time.NowNanoseconds, member.Id, lastLine = line);
    }

    private StoredEntry Stored(in Entry entry)
    {
        byte[] bytes = entry.Kind == EntryKind.Command
            ? Encoding.UTF8.GetBytes(member.World.Watch.RequestOf(Origin.Read(entry.Payload.Span)) is { } request ? Word(request) : "unknown")
            : entry.Payload.Span.ToArray();
        return new StoredEntry(entry.Index, entry.Epoch, entry.Kind, bytes);
    }

    /// <summary>A write as one word.</summary>
    private static string Word(in StoreRequest request) => request.Kind switch
    {
        StoreRequestKind.Put => $"k{request.Key}={request.Value}",
        StoreRequestKind.Delete => $"delete-k{request.Key}",
        StoreRequestKind.CompareAndSet => $"if-{request.Revision}-k{request.Key}={request.Value}",
        StoreRequestKind.PutTwo => $"k{request.Key}+k{request.SecondKey}={request.Value}",
        StoreRequestKind.Compact => $"compact-{request.Revision}",
        _ => $"{request.Kind}",
    };
}
