using System.Buffers;
using Quorate.Consensus;

namespace Quorate.Simulation.Exploration;

/// <summary>
/// Takes a member from one state to the next by one input, on a real core: the core reads the state, takes the input, and its outputs
/// are carried out as a host would. Two cores' worth of memory serve for all members.
/// </summary>
internal sealed class MemberStepper(IConsensusEngine engine, ExplorationBounds bounds, WorldEntries entries, WorldMessages messages)
{
    private readonly BlockPool pool = new();
    private readonly ArrayBufferWriter<byte> written = new();
    private readonly Configuration members = new(
        Enumerable.Range(1, bounds.Members).Select(i => new Member(new NodeId((ulong)i), InstanceOf((ulong)i), MemberRole.Voter, default)), []);

    // Reused; null until first needed.
    private IConsensusCore? scratch;

    // The member that is being stepped, taken apart.
    private readonly List<int> durableLog = [];
    private readonly List<PendingWrite> pending = [];
    private readonly List<(int Message, ulong After)> waiting = [];
    private readonly List<int> sent = [];
    private IConsensusCore core = null!;
    private NodeId id;
    private HardState hard;
    private ulong durable;

    /// <summary>Messages that the last step sent, in order.</summary>
    public IReadOnlyList<int> Sent => sent;

    /// <summary>A member with an empty disk.</summary>
    public MemberState First(NodeId member)
    {
        Empty(member);
        Restart();
        return State();
    }

    /// <summary>What becomes of a member.</summary>
    /// <exception cref="InvariantBrokenException">The core breaks a promise, or the disk would forget one.</exception>
    public MemberState Step(MemberState from, WorldAction action)
    {
        Load(from);
        try
        {
            Do(action);
        }
        catch (InvariantBrokenException)
        {
            scratch = null; // what it holds is of no use any more
            throw;
        }

        MemberState to = State();
        Invariant.Check(to.Hard.Epoch >= from.Hard.Epoch); // a persisted term never goes back
        Invariant.Check(to.Hard.Epoch > from.Hard.Epoch || from.Hard.VotedFor.IsNone || to.Hard.VotedFor == from.Hard.VotedFor); // nor does a vote
        Invariant.Check(to.Hard.Decided >= from.Hard.Decided);
        Invariant.Check(to.Epoch >= to.Hard.Epoch);
        Invariant.Check(to.Epoch >= from.Epoch || action.PowerCut || action.Kind == ActionKind.Crash);
        return to;
    }

    private static InstanceId InstanceOf(ulong member) => new((member << 8) | 1); // as scenarios number them

    private void Do(WorldAction action)
    {
        switch (action.Kind)
        {
            case ActionKind.Campaign:
                core.Campaign();
                break;
            case ActionKind.Propose:
                Payload command = Payload.Copy(pool, [(byte)('x' + action.Argument)]);
                core.Propose(new ReadOnlySpan<Payload>(in command));
                command.Release();
                break;
            case ActionKind.Sync:
                Sync(1);
                break;
            case ActionKind.Crash:
                break;
            case ActionKind.Deliver or ActionKind.Duplicate:
                Receive(messages[action.Argument]);
                break;
            case ActionKind.Drop or ActionKind.Refuse:
                throw new InvalidOperationException("a lost message is no member's business");
        }

        if (action.Kind != ActionKind.Crash)
            CarryOut(syncs: bounds.SyncAtOnce && !action.PowerCut);
        if (action.Kind == ActionKind.Crash || action.PowerCut)
            Restart();
    }

    private void Receive(WorldMessage message)
    {
        Block block = pool.Rent(message.Bytes.Length);
        message.Bytes.CopyTo(block.Bytes, 0);
        Invariant.Check(core.Receive(message.From, InstanceOf(message.From.Value), new Payload(block, 0, message.Bytes.Length, 0)));
        block.Release();
    }

    private void Empty(NodeId member)
    {
        (id, hard, durable) = (member, default, 0);
        durableLog.Clear();
        pending.Clear();
        waiting.Clear();
        sent.Clear();
    }

    private void Load(MemberState from)
    {
        Empty(from.Id);
        hard = from.Hard;
        durableLog.AddRange(from.DurableLog);
        pending.AddRange(from.Pending);
        foreach ((int message, int after) in from.Waiting)
            waiting.Add((message, (ulong)after));
        scratch ??= Begun(default);
        core = scratch;
        core.ReadState(from.Core, pool); // its writes count from the last durable one
    }

    /// <summary>Power comes back: what was durable is all there is.</summary>
    private void Restart()
    {
        pending.Clear();
        waiting.Clear();
        durable = 0;
        // A start of Raft takes the maximum: an entry of a newer term proves that the term was entered, though not who got the vote.
        HardState start = hard;
        if (engine.InstalledLog == InstalledLogRule.KeepIfMatched && durableLog.Count > 0 && entries[durableLog[^1]].Epoch is var newest && newest > hard.Epoch)
            start = new HardState(newest, NodeId.None);
        core = Begun(start);
        for (int i = 0; i < durableLog.Count; i++)
        {
            if (durableLog[i] == WorldEntries.None)
                continue;
            WorldEntry stored = entries[durableLog[i]];
            Payload payload = Payload.Copy(pool, stored.Bytes);
            core.Recover(new Entry(new LogIndex((ulong)i + 1), stored.Epoch, stored.Kind, payload));
            payload.Release();
        }

        core.Ready();
        CarryOut(syncs: bounds.SyncAtOnce);
    }

    private IConsensusCore Begun(HardState start)
    {
        IConsensusCore begun = engine.Create(bounds.Options);
        begun.Begin(new CoreStart(default, id, InstanceOf(id.Value), start, SnapshotInfo.Initial(members), Seed: id.Value));
        return begun;
    }

    private void CarryOut(bool syncs)
    {
        do
        {
            CarryOutOnce(core.Output);
            if (syncs && pending.Count > 0)
                Sync(pending.Count);
        }
        while (!core.Output.IsEmpty);
        Release();
    }

    private void CarryOutOnce(CoreOutput output)
    {
        Invariant.Check(output.Loads.Count + output.Snapshots.Count + output.Changes.Count + output.Reads.Count == 0);
        foreach (LogWrite write in output.Writes)
            Take(output, write);
        foreach (OutboundMessage message in output.Messages)
            waiting.Add((messages.Add(id, message.To, output.HeaderOf(message), output.PayloadsOf(message)), message.After.Value));
        LogIndex decided = output.Decided.Count > 0 ? output.Decided[^1].Index : LogIndex.Zero;
        output.Clear();
        if (decided > LogIndex.Zero)
            core.Applied(decided);
        Release();
    }

    private void Take(CoreOutput output, in LogWrite write)
    {
        Invariant.Check(write.Number.Value == durable + (ulong)pending.Count + 1); // numbers grow by one
        (int Index, int Entry)[] appended = [];
        if (write.Kind == LogWriteKind.Append)
        {
            ReadOnlySpan<Entry> span = output.EntriesOf(write);
            appended = new (int, int)[span.Length];
            for (int i = 0; i < span.Length; i++)
                appended[i] = ((int)span[i].Index.Value, entries.Add(span[i]));
        }

        pending.Add(new PendingWrite(write.Kind, appended, (int)write.Index.Value, write.HardState));
    }

    private void Sync(int count)
    {
        for (int i = 0; i < count; i++)
            pending[i].Apply(durableLog, ref hard);
        pending.RemoveRange(0, count);
        durable += (ulong)count;
        core.WritesDurable(new WriteNumber(durable));
    }

    private void Release()
    {
        int kept = 0;
        for (int i = 0; i < waiting.Count; i++)
        {
            if (waiting[i].After <= durable)
                sent.Add(waiting[i].Message);
            else
                waiting[kept++] = waiting[i];
        }

        waiting.RemoveRange(kept, waiting.Count - kept);
    }

    private MemberState State()
    {
        written.ResetWrittenCount();
        core.WriteState(written);
        var log = new List<int>(durableLog);
        HardState all = hard;
        foreach (PendingWrite write in pending)
            write.Apply(log, ref all);
        CoreStatus status = core.Status;
        Invariant.Check(status.Last.Value == (ulong)log.Count); // the writes add up to the core's log
        Invariant.Check(status.Epoch >= all.Epoch);
        var held = new (int, int)[waiting.Count];
        for (int i = 0; i < held.Length; i++)
            held[i] = (waiting[i].Message, (int)(waiting[i].After - durable));
        return new MemberState
        {
            Id = id,
            Core = written.WrittenSpan.ToArray(),
            Hard = hard,
            DurableLog = [.. durableLog],
            Pending = [.. pending],
            Waiting = held,
            Log = [.. log],
            Role = status.Role,
            Epoch = status.Epoch,
            Commit = (int)status.Commit.Value,
        };
    }
}
