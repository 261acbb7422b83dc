using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Quorate.Checkers;
using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>Shows the checkers what a Multi-Paxos core does. Owner: the replica loop of its process.</summary>
internal sealed class ObservedPaxosCore(IConsensusCore core, NodeId self, ClusterWatch watch, Action<string> note) : ObservedCore(core, self, watch)
{
    private const byte PrepareKind = 3;
    private const byte PromiseKind = 4;
    private const int PromiseFixedBytes = 46;
    private const byte NothingFollows = 1;
    private const int AcceptanceBytes = 33;

    private readonly SlotMap found = new();
    private readonly PhaseOneValues phaseOne = new();
    private readonly Dictionary<NodeId, ulong> asked = []; // in this ballot: from which slot on
    private readonly Dictionary<Voter, (ulong From, ulong Next)> told = []; // in this ballot: the slots that pieces of promises have told of without a gap
    private readonly List<WholePromise> promisedWhole = []; // in this ballot, to the end
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
        disk = Watch.Paxos.Disk(Self.Value, begin.Instance.Value);
        lastCommit = lastDecided = begin.Checkpoint.Index.Value;
        found.DropUpTo(lastDecided);
        Core.Begin(begin);
    }

    public override void Recover(in Entry entry)
    {
        found.Set(CheckerWords.Of(entry));
        Core.Recover(entry);
    }

    public override void Ready()
    {
        disk.CheckFound(found, start.HardState.Epoch.Value, start.HardState.Decided.Value, Self.Value);
        disk.Restarted(found, start.HardState.Epoch.Value, start.HardState.Decided.Value);
        Core.Ready();
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
        Core.WritesDurable(upTo);
        Look();
    }

    public override void Sends(ReadOnlySpan<byte> frame, NodeId to) =>
        PaxosPromiseWatch.Look(frame, Self.Value, Core.Status.Commit.Value, disk, Watch.Paxos);

    protected override void LookAtOutput()
    {
        CoreOutput output = Core.Output;
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
                entry.Index.Value == lastDecided + 1, Promise.StateMachineSafety, $"member {Self} decides {entry.Index} after {lastDecided}");
            lastDecided = entry.Index.Value;
            Watch.DecidedSlot(Self, entry, Ballots.RoundOf(Core.Status.Epoch.Value));
        }

        LookAtConfiguration(output.Configurations);
        LookAtStatus();
        LookAtQuestions(output);
    }

    // Not only when they leave: an answer to an earlier question may be taken in before that.
    private void LookAtQuestions(CoreOutput output)
    {
        foreach (ref readonly OutboundMessage message in CollectionsMarshal.AsSpan(output.Messages))
        {
            ReadOnlySpan<byte> question = output.HeaderOf(message);
            if (question[0] == PrepareKind && BallotAt(question[1..]) == phaseBallot)
                asked[message.To] = Math.Max(asked.GetValueOrDefault(message.To), BinaryPrimitives.ReadUInt64LittleEndian(question[17..]));
        }
    }

    private void LookAtConfiguration(List<ConfigurationInForce> news)
    {
        if (news.Count > 0)
            announced = news[^1];
        if (announced is not { } newest || newest.Index.Value > Watch.Paxos.Decided.Last)
            return;
        if (newest.Index > LogIndex.Zero) // before the first change, a member that waits to be added knows nobody
            Watch.CheckNewest(Self, newest);
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
                    disk.Accept(number, record, Self.Value);
                    Watch.Paxos.Accepted(Self.Value, record);
                    if (record.Epoch != phaseBallot)
                        continue;
                    phaseOne.Proposes(record, entry.Kind == EntryKind.NoOp, Self.Value);
                    Watch.ProposesSlot(Self, record.Index, promisedWhole);
                    if (entry.Kind == EntryKind.Configuration)
                        Watch.Proposes(Self, Configuration.Read(entry.Payload.Span));
                }

                break;
            case LogWriteKind.TruncateAfter:
                throw new CheckFailedException(Promise.LeaderCompleteness, $"member {Self} makes accepted slots after {write.Index} void");
            case LogWriteKind.HardState:
                disk.Promised(number, write.HardState.Epoch.Value, write.HardState.Decided.Value, Self.Value);
                break;
            case LogWriteKind.Install:
                SnapshotInfo snapshot = write.Snapshot!;
                CheckFailedException.Unless(
                    snapshot.Index.Value <= Watch.Paxos.Decided.Last,
                    Promise.LeaderCompleteness,
                    $"member {Self} installs a snapshot up to {snapshot.Index}, which is not decided");
                disk.Install(number, snapshot.Index.Value);
                lastDecided = Math.Max(lastDecided, snapshot.Index.Value);
                break;
        }
    }

    private void LookAtStatus()
    {
        CoreStatus status = Core.Status;
        ulong commit = status.Commit.Value;
        CheckFailedException.Unless(
            commit >= lastCommit, Promise.LeaderCompleteness, $"what member {Self} knows decided goes from {lastCommit} back to {commit}");
        lastCommit = commit;
        UInt128 now = status.Epoch.Value;
        if (status.Role == role && now == ballot)
            return;
        CheckFailedException.Unless(
            now >= ballot, Promise.PersistentMemory, $"member {Self} goes from ballot {Ballots.Spell(ballot)} back to {Ballots.Spell(now)}");
        (role, ballot) = (status.Role, now);
        note($"{role}, ballot {Ballots.Spell(ballot)}");
        Watch.Trace.Add(Self.Value << 8 | (ulong)role, Ballots.RoundOf(ballot));
        if (role == CoreRole.Candidate)
            BeginPhaseOne();
        if (role != CoreRole.Leader)
            return;
        Watch.LeadsBallot(Self, ballot, Core.Configuration);
        Watch.LeaderAppeared?.Invoke(Self);
    }

    /// <summary>A candidate's own acceptor is told first; it accepts nothing more below the new ballot.</summary>
    private void BeginPhaseOne()
    {
        phaseBallot = ballot;
        asked.Clear();
        told.Clear();
        promisedWhole.Clear();
        promisedWhole.Add(new WholePromise(new Voter(Self.Value, start.Instance.Value), 0));
        phaseOne.Begin(ballot, lastCommit);
        foreach (LogRecord accepted in disk.Written.Records)
            phaseOne.Told(ballot, accepted);
    }

    /// <summary>
    /// Reads a promise by itself, so that the codec is not trusted. A piece after one that is missing is skipped:
    /// what a promise with a hole in it names binds nobody. Nor does that of a member which has no vote any more, or lost its disk since: the others are a quorum without it.
    /// </summary>
    private void TakePromise(NodeId from, InstanceId instance, ReadOnlySpan<byte> message)
    {
        if (message.Length < PromiseFixedBytes || message[0] != PromiseKind)
            return;
        UInt128 promised = BallotAt(message[1..]);
        if (promised != phaseBallot || !asked.TryGetValue(from, out ulong question))
            return;
        var voter = new Voter(from.Value, instance.Value);
        if (!told.TryGetValue(voter, out (ulong From, ulong Next) of) || question > of.Next)
            of = (question, question); // the leader has proposed in the slots before
        if (BinaryPrimitives.ReadUInt64LittleEndian(message[17..]) > of.Next)
            return;
        told[voter] = (of.From, Math.Max(of.Next, BinaryPrimitives.ReadUInt64LittleEndian(message[25..])));
        if (message[33] == NothingFollows)
            promisedWhole.Add(new WholePromise(voter, of.From));
        if (!HasVote(from, instance))
            return;
        int count = (int)BinaryPrimitives.ReadUInt32LittleEndian(message[42..]);
        CheckFailedException.Unless(
            message.Length >= PromiseFixedBytes + (count * AcceptanceBytes), Promise.LeaderCompleteness, $"a promise that names {count} slots has {message.Length} bytes");
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

    private bool HasVote(NodeId member, InstanceId instance) => Core.Configuration.IsVoter(member, instance);

    private static UInt128 BallotAt(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]));
}
