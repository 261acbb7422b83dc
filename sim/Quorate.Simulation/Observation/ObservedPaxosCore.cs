using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Quorate.Checkers;
using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>Shows the checkers what a Multi-Paxos core does. Owner: the replica loop of its process.</summary>
internal sealed class ObservedPaxosCore(IConsensusCore core, NodeId self, ClusterWatch watch, Action<string> note) : ObservedCore(core, self, watch)
{
    private const byte PrepareKind = 3;
    internal const int PrepareBytes = 41;
    private const byte PromiseKind = 4;
    private const int PromiseFixedBytes = 46;
    private const int AcceptanceBytes = 33;

    private readonly IConsensusCore core = core;
    private readonly NodeId self = self;
    private readonly ClusterWatch watch = watch;
    private readonly SlotMap found = new();
    private readonly PhaseOneValues phaseOne = new();
    private readonly SortedDictionary<NodeId, ulong> asked = []; // in this ballot: the next slot that a piece of a promise must begin with
    private PersistedSlots disk = null!;
    private CoreStart start = null!;
    private ConfigurationInForce? announced; // not looked at yet, as nobody has handed out its slot
    private ulong lastWrite;
    private ulong lastDecided;
    private ulong lastCommit;
    private CoreRole role;
    private UInt128 ballot;
    private UInt128 phaseBallot;

    public override int WritesPending => disk.PendingCount;

    public override bool VotePending => disk.DurablePromise != disk.WrittenPromise;

    public override void Begin(CoreStart begin)
    {
        start = begin;
        disk = watch.Paxos.Disk(self.Value, begin.Instance.Value);
        lastCommit = lastDecided = begin.Checkpoint.Index.Value;
        found.DropUpTo(lastDecided);
        core.Begin(begin);
    }

    public override void Recover(in Entry entry)
    {
        found.Set(CheckerWords.Of(entry));
        core.Recover(entry);
    }

    public override void Ready()
    {
        disk.CheckFound(found, start.HardState.Epoch.Value, start.HardState.Decided.Value, self.Value);
        disk.Restarted(found, start.HardState.Epoch.Value, start.HardState.Decided.Value);
        core.Ready();
        Look();
    }

    public override bool Receive(NodeId from, InstanceId instance, in Payload frame)
    {
        TakePromise(from, instance, frame.Span);
        return base.Receive(from, instance, frame);
    }

    public override void WritesDurable(WriteNumber upTo)
    {
        disk.ClaimDurable(upTo.Value);
        core.WritesDurable(upTo);
        Look();
    }

    public override void Sends(ReadOnlySpan<byte> frame, NodeId to)
    {
        PaxosPromiseWatch.Look(frame, self.Value, core.Status.Commit.Value, disk, watch.Paxos);
        ReadOnlySpan<byte> message = frame.Length > PromiseWatch.EnvelopeBytes ? frame[PromiseWatch.EnvelopeBytes..] : [];
        if (frame[0] == 1 && message.Length == PrepareBytes && message[0] == PrepareKind && BallotAt(message[1..]) == phaseBallot)
            asked[to] = BinaryPrimitives.ReadUInt64LittleEndian(message[17..]);
    }

    protected override void LookAtOutput()
    {
        CoreOutput output = core.Output;
        foreach (ref readonly LogWrite write in CollectionsMarshal.AsSpan(output.Writes))
        {
            if (write.Number.Value > lastWrite)
                Written(output, write);
        }

        foreach (ref readonly Entry entry in CollectionsMarshal.AsSpan(output.Decided))
        {
            if (entry.Index.Value <= lastDecided)
                continue;
            CheckFailedException.Unless(
                entry.Index.Value == lastDecided + 1, Promise.StateMachineSafety, $"member {self} decides {entry.Index} after {lastDecided}");
            lastDecided = entry.Index.Value;
            watch.DecidedSlot(self, entry, Ballots.RoundOf(core.Status.Epoch.Value));
        }

        LookAtConfiguration(output.Configurations);
        LookAtStatus();
    }

    private void LookAtConfiguration(List<ConfigurationInForce> news)
    {
        if (news.Count > 0)
            announced = news[^1];
        if (announced is not { } newest || newest.Index.Value > watch.Paxos.Decided.Last)
            return;
        if (newest.Index > LogIndex.Zero) // before the first change, a member that waits to be added knows nobody
            watch.CheckNewest(self, newest);
        announced = null;
    }

    private void Written(CoreOutput output, in LogWrite write)
    {
        ulong number = lastWrite = write.Number.Value;
        switch (write.Kind)
        {
            case LogWriteKind.Append:
                foreach (ref readonly Entry entry in output.EntriesOf(write))
                {
                    LogRecord record = CheckerWords.Of(entry);
                    disk.Accept(number, record, self.Value);
                    watch.Paxos.Accepted(self.Value, record);
                    if (record.Epoch != phaseBallot)
                        continue;
                    phaseOne.Proposes(record, entry.Kind == EntryKind.NoOp, self.Value);
                    if (entry.Kind == EntryKind.Configuration)
                        watch.ConfigurationProposed?.Invoke(self, Configuration.Read(entry.Payload.Span));
                }

                break;
            case LogWriteKind.TruncateAfter:
                throw new CheckFailedException(Promise.LeaderCompleteness, $"member {self} makes accepted slots after {write.Index} void");
            case LogWriteKind.HardState:
                disk.Promised(number, write.HardState.Epoch.Value, write.HardState.Decided.Value, self.Value);
                break;
            case LogWriteKind.Install:
                SnapshotInfo snapshot = write.Snapshot!;
                CheckFailedException.Unless(
                    snapshot.Index.Value <= watch.Paxos.Decided.Last,
                    Promise.LeaderCompleteness,
                    $"member {self} installs a snapshot up to {snapshot.Index}, which is not decided");
                disk.Install(number, snapshot.Index.Value);
                lastDecided = Math.Max(lastDecided, snapshot.Index.Value);
                break;
        }
    }

    private void LookAtStatus()
    {
        CoreStatus status = core.Status;
        ulong commit = status.Commit.Value;
        CheckFailedException.Unless(
            commit >= lastCommit, Promise.LeaderCompleteness, $"what member {self} knows decided goes from {lastCommit} back to {commit}");
        lastCommit = commit;
        UInt128 now = status.Epoch.Value;
        if (status.Role == role && now == ballot)
            return;
        CheckFailedException.Unless(
            now >= ballot, Promise.PersistentMemory, $"member {self} goes from ballot {Ballots.Spell(ballot)} back to {Ballots.Spell(now)}");
        (role, ballot) = (status.Role, now);
        note($"{role}, ballot {Ballots.Spell(ballot)}");
        watch.Trace.Add(self.Value << 8 | (ulong)role, Ballots.RoundOf(ballot));
        if (role == CoreRole.Candidate)
            BeginPhaseOne();
        if (role != CoreRole.Leader)
            return;
        watch.LeadsBallot(self, ballot, core.Configuration);
        watch.LeaderAppeared?.Invoke(self);
    }

    /// <summary>A candidate's own acceptor is told first; it accepts nothing more below the new ballot.</summary>
    private void BeginPhaseOne()
    {
        phaseBallot = ballot;
        asked.Clear();
        phaseOne.Begin(ballot, lastCommit);
        foreach (LogRecord accepted in disk.Written.Records)
            phaseOne.Told(ballot, accepted);
    }

    /// <summary>
    /// Reads a promise by itself, so that the codec is not trusted. A layout that it does not know is skipped, and so is a piece that is not the next:
    /// what a promise with a hole in it names binds nobody. Nor does that of a member which has no vote any more, or lost its disk since: the others are a quorum without it.
    /// </summary>
    private void TakePromise(NodeId from, InstanceId instance, ReadOnlySpan<byte> message)
    {
        if (message.Length < PromiseFixedBytes || message[0] != PromiseKind || !HasVote(from, instance))
            return;
        UInt128 promised = BallotAt(message[1..]);
        if (promised != phaseBallot || !asked.TryGetValue(from, out ulong next) || next != BinaryPrimitives.ReadUInt64LittleEndian(message[17..]))
            return;
        asked[from] = BinaryPrimitives.ReadUInt64LittleEndian(message[25..]);
        int count = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(message[42..]), (uint)((message.Length - PromiseFixedBytes) / AcceptanceBytes));
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> accepted = message.Slice(PromiseFixedBytes + (i * AcceptanceBytes), AcceptanceBytes);
            LogRecord record = CheckerWords.Of(
                new LogIndex(BinaryPrimitives.ReadUInt64LittleEndian(accepted)),
                new Epoch(BallotAt(accepted[8..])),
                (EntryKind)accepted[24],
                BinaryPrimitives.ReadUInt32LittleEndian(accepted[29..]),
                BinaryPrimitives.ReadInt32LittleEndian(accepted[25..]));
            phaseOne.Told(promised, record);
        }
    }

    private bool HasVote(NodeId member, InstanceId instance) => core.Configuration.IsVoter(member, instance);

    private static UInt128 BallotAt(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]));
}
