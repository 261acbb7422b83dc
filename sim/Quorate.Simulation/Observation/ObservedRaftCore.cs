using System.Runtime.InteropServices;
using Quorate.Checkers;
using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// Shows the checkers what a Raft core does. Owner: the replica loop of its process.
/// </summary>
internal sealed class ObservedRaftCore(IConsensusCore core, NodeId self, ClusterWatch watch, Action<string> note) : ObservedCore(core, self, watch)
{
    private readonly FoundLog found = new(self, watch);
    private readonly ConfigurationWatch configurations = new(self);
    private bool configurationsChanged;
    private PersistedLog disk = null!;
    private CoreStart start = null!;
    private ulong lastWrite;
    private ulong lastDecided;
    private ulong lastCommit;
    private CoreRole role;
    private ulong term;
    private Configuration? voterSource;
    private VoterSets voterSets = new([], []);
    private VoterSets votersBefore = new([], []); // in force when it was last looked at

    public override int WritesPending => disk.PendingCount;

    public override bool VotePending => disk.DurableVote != disk.WrittenVote;

    public override void Begin(CoreStart begin)
    {
        start = begin;
        disk = Watch.Raft.Disk(Self.Value, begin.Instance.Value);
        lastCommit = lastDecided = begin.Checkpoint.Index.Value;
        found.Begin(lastDecided, disk);
        configurations.Begin(begin.Checkpoint);
        Core.Begin(begin);
    }

    public override void Recover(in Entry entry)
    {
        found.Add(CheckerWords.Of(entry));
        configurations.Found(entry);
        Core.Recover(entry);
    }

    public override void Ready()
    {
        TermAndVote vote = CheckerWords.Of(start.HardState);
        disk.CheckFound(found.Log, vote, Self.Value);
        disk.Restarted(found.Log, vote);
        configurations.CheckInForce(Core.Configuration);
        Core.Ready();
        Look();
    }

    public override void CheckpointPublished(SnapshotInfo checkpoint, LogIndex dropAtLeast)
    {
        // Else the log of a start could go on from the checkpoint with what was overwritten before it.
        CheckFailedException.Unless(
            disk.Durable.Last >= checkpoint.Index.Value,
            Promise.QuorumDurability,
            $"member {Self} publishes a checkpoint of entry {checkpoint.Index}, but its log is durable up to {disk.Durable.Last}");
        base.CheckpointPublished(checkpoint, dropAtLeast);
    }

    public override void WritesDurable(WriteNumber upTo)
    {
        disk.ClaimDurable(upTo.Value);
        Core.WritesDurable(upTo);
        Look();
    }

    public override void Sends(ReadOnlySpan<byte> frame, NodeId to) => PromiseWatch.Look(frame, Self.Value, to.Value, disk);

    protected override void LookAtOutput()
    {
        CoreOutput output = Core.Output;
        foreach (ref readonly LogWrite write in CollectionsMarshal.AsSpan(output.Writes))
        {
            if (write.Number.Value > lastWrite)
                Written(output, write);
        }

        if (configurationsChanged)
            configurations.CheckInForce(Core.Configuration);
        configurationsChanged = false;
        LookAtCommit();
        if (output.Decided.Count > 0 && output.Decided[^1].Index.Value > lastDecided)
            LookAtDecided(output);
        LookAtRole();
        votersBefore = VotersInForce();
    }

    private void Written(CoreOutput output, in LogWrite write)
    {
        ulong number = lastWrite = write.Number.Value;
        switch (write.Kind)
        {
            case LogWriteKind.Append:
                foreach (ref readonly Entry entry in output.EntriesOf(write))
                {
                    disk.Append(number, CheckerWords.Of(entry));
                    Watch.Raft.Appended(Self.Value, disk.Written);
                    if (entry.Kind != EntryKind.Configuration)
                        continue;
                    configurations.Appended(entry, Core.Status, disk.Written);
                    configurationsChanged = true;
                    if (Core.Status.Role == CoreRole.Leader)
                        Watch.Proposes(Self, Configuration.Read(entry.Payload.Span));
                }

                break;
            case LogWriteKind.TruncateAfter:
                Watch.Raft.Truncates(Self.Value, Core.Status.Epoch.Term.Value, disk.Written, write.Index.Value);
                disk.Truncate(number, write.Index.Value);
                configurations.TruncatedAfter(write.Index.Value);
                configurationsChanged = true;
                break;
            case LogWriteKind.HardState:
                disk.Vote(number, CheckerWords.Of(write.HardState));
                break;
            case LogWriteKind.Install:
                Installed(number, write.Snapshot!);
                break;
        }
    }

    private void Installed(ulong number, SnapshotInfo snapshot)
    {
        CheckFailedException.Unless(
            snapshot.Index.Value <= Watch.Raft.Decided.Last,
            Promise.LeaderCompleteness,
            $"member {Self} installs a snapshot up to {snapshot.Index}, which is not decided");
        disk.Install(number, snapshot.Index.Value, Watch.Raft.Decided.ChainAt(snapshot.Index.Value));
        lastDecided = Math.Max(lastDecided, snapshot.Index.Value);
        configurations.Installed(snapshot, disk.Written.Last);
        configurationsChanged = true;
    }

    private VoterSets VotersInForce()
    {
        if (!ReferenceEquals(voterSource, Core.Configuration))
        {
            voterSource = Core.Configuration;
            voterSets = CheckerWords.Of(voterSource);
        }

        return voterSets;
    }

    private void LookAtDecided(CoreOutput output)
    {
        ulong now = Core.Status.Epoch.Term.Value;
        foreach (ref readonly Entry entry in CollectionsMarshal.AsSpan(output.Decided))
        {
            if (entry.Index.Value <= lastDecided)
                continue;
            CheckFailedException.Unless(
                entry.Index.Value == lastDecided + 1, Promise.StateMachineSafety, $"member {Self} decides {entry.Index} after {lastDecided}");
            lastDecided = entry.Index.Value;
            Watch.DecidedEntry(Self, entry, now);
        }
    }

    /// <summary>
    /// A leader that counts replicas of an earlier term's entry does no harm before the crash that Figure 8 needs; it is caught at the counting
    /// (Raft §5.4.2): where its commit index moves to, an entry of its own term stands.
    /// </summary>
    private void LookAtCommit()
    {
        CoreStatus status = Core.Status;
        ulong commit = status.Commit.Value;
        if (commit == lastCommit)
            return;
        CheckFailedException.Unless(commit > lastCommit, Promise.LeaderCompleteness, $"the commit index of member {Self} goes from {lastCommit} back to {commit}");
        lastCommit = commit;
        ulong nowTerm = status.Epoch.Term.Value;
        bool hasLed = role == CoreRole.Leader && term == nowTerm; // and may have counted its own removal just now
        if ((status.Role != CoreRole.Leader && !hasLed) || commit <= disk.Written.Base)
            return;
        CheckFailedException.Unless(
            disk.Written.EpochAt(commit) == nowTerm,
            Promise.LeaderCompleteness,
            $"member {Self}, which leads in term {nowTerm}, commits up to entry {commit} of term {disk.Written.EpochAt(commit)} by counting");
        Watch.Commits(commit, votersBefore); // what the step appended after counting was not counted by
    }

    private void LookAtRole()
    {
        CoreStatus status = Core.Status;
        ulong nowTerm = status.Epoch.Term.Value;
        if (status.Role == role && nowTerm == term)
            return;
        CheckFailedException.Unless(nowTerm >= term, Promise.PersistentMemory, $"member {Self} goes from term {term} back to {nowTerm}");
        (role, term) = (status.Role, nowTerm);
        note($"{role}, term {term}");
        Watch.Trace.Add(Self.Value << 8 | (ulong)role, term);
        if (role == CoreRole.Leader)
        {
            Watch.Raft.Leads(Self.Value, term, disk.Written);
            Watch.LeaderAppeared?.Invoke(Self);
        }
    }
}
