using System.Buffers;
using Quorate.Consensus;

namespace Quorate.Tests.Exploration;

/// <summary>An engine with other cores than its own.</summary>
internal sealed class CoreEngine(IConsensusEngine inner, Func<CoreOptions, IConsensusCore> create) : IConsensusEngine
{
    public string Name => inner.Name;

    public InstalledLogRule InstalledLog => inner.InstalledLog;

    public int VotersMax => inner.VotersMax;

    public bool ChoosesQuorums => inner.ChoosesQuorums;

    public IConsensusCore Create(CoreOptions options) => create(options);

    public string Describe(ReadOnlySpan<byte> header) => inner.Describe(header);
}

/// <summary>An engine's core behind a place where a test can put something wrong.</summary>
internal abstract class DelegatingCore(IConsensusEngine engine, CoreOptions options) : IConsensusCore
{
    private IConsensusCore core = engine.Create(options);
    private CoreStart? start;

    public virtual CoreOutput Output => core.Output;

    public Tick NextWake => core.NextWake;

    public CoreStatus Status => core.Status;

    public Configuration Configuration => core.Configuration;

    public ConfigurationInForce InForce => core.InForce;

    public MemberProgress[] Progress() => core.Progress();

    public virtual void Begin(CoreStart with) => core.Begin(start = with);

    public void Recover(in Entry entry) => core.Recover(entry);

    public void Ready() => core.Ready();

    public void Advance(Tick now) => core.Advance(now);

    public bool Receive(NodeId from, InstanceId instance, in Payload frame) => core.Receive(from, instance, frame);

    public Refusal Propose(ReadOnlySpan<Payload> commands) => core.Propose(commands);

    public Refusal Read(ulong requestId) => core.Read(requestId);

    public Refusal Change(ConfigurationChange change) => core.Change(change);

    public Refusal Transfer(NodeId target) => core.Transfer(target);

    public void Campaign() => core.Campaign();

    public void WritesDurable(WriteNumber upTo) => core.WritesDurable(upTo);

    public void DiskHasRoom(bool room) => core.DiskHasRoom(room);

    public void EntriesLoaded(ulong ticket, ReadOnlySpan<Entry> entries) => core.EntriesLoaded(ticket, entries);

    public void EntriesMissing(ulong ticket) => core.EntriesMissing(ticket);

    public bool InstallSnapshot(SnapshotInfo snapshot) => core.InstallSnapshot(snapshot);

    public void SnapshotSent(NodeId to, LogIndex index, bool delivered) => core.SnapshotSent(to, index, delivered);

    public void Applied(LogIndex upTo) => core.Applied(upTo);

    public void CheckpointPublished(SnapshotInfo checkpoint, LogIndex dropAtLeast) => core.CheckpointPublished(checkpoint, dropAtLeast);

    public void WriteState(IBufferWriter<byte> into) => core.WriteState(into);

    public virtual void ReadState(ReadOnlySpan<byte> state, BlockPool pool) => core.ReadState(state, pool);

    /// <summary>A new core in the place of the used one.</summary>
    protected void Renew()
    {
        core = engine.Create(options);
        core.Begin(start!);
    }
}
