using System.Buffers;
using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// A core with a window in it: every call goes to the core behind it, and what it adds to its output can be looked at. It changes nothing. Owner:
/// the replica loop of its process.
/// </summary>
internal abstract class CoreWindow(IConsensusCore core) : IConsensusCore
{
    public CoreOutput Output => core.Output;

    public Tick NextWake => core.NextWake;

    public CoreStatus Status => core.Status;

    public Configuration Configuration => core.Configuration;

    public ConfigurationInForce InForce => core.InForce;

    public MemberProgress[] Progress() => core.Progress();

    public abstract void Begin(CoreStart begin);

    public abstract void Recover(in Entry entry);

    public abstract void Ready();

    public abstract void WritesDurable(WriteNumber upTo);

    public void Advance(Tick now)
    {
        core.Advance(now);
        Look();
    }

    public virtual bool Receive(NodeId from, InstanceId instance, in Payload frame) => Looked(core.Receive(from, instance, frame));

    public Refusal Propose(ReadOnlySpan<Payload> commands) => Looked(core.Propose(commands));

    public virtual Refusal Read(ulong requestId) => Looked(core.Read(requestId));

    public Refusal Change(ConfigurationChange change) => Looked(core.Change(change));

    public Refusal Transfer(NodeId target) => Looked(core.Transfer(target));

    public void Campaign()
    {
        core.Campaign();
        Look();
    }

    public void DiskHasRoom(bool room)
    {
        core.DiskHasRoom(room);
        Look();
    }

    public void EntriesLoaded(ulong ticket, ReadOnlySpan<Entry> entries)
    {
        core.EntriesLoaded(ticket, entries);
        Look();
    }

    public void EntriesMissing(ulong ticket)
    {
        core.EntriesMissing(ticket);
        Look();
    }

    public bool InstallSnapshot(SnapshotInfo snapshot) => Looked(core.InstallSnapshot(snapshot));

    public void SnapshotSent(NodeId to, LogIndex index, bool delivered)
    {
        core.SnapshotSent(to, index, delivered);
        Look();
    }

    public void Applied(LogIndex upTo)
    {
        core.Applied(upTo);
        Look();
    }

    public virtual void CheckpointPublished(SnapshotInfo checkpoint, LogIndex dropAtLeast)
    {
        core.CheckpointPublished(checkpoint, dropAtLeast);
        Look();
    }

    public void WriteState(IBufferWriter<byte> into) => core.WriteState(into);

    public void ReadState(ReadOnlySpan<byte> state, BlockPool pool) => core.ReadState(state, pool);

    /// <summary>Looks at what the call has added to the output.</summary>
    protected abstract void Look();

    private T Looked<T>(T answer)
    {
        Look();
        return answer;
    }
}
