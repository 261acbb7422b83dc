using System.Buffers;
using System.Buffers.Binary;
using Quorate.Consensus;

namespace Quorate.Tests.Replica;

/// <summary>
/// A core that the test directs: it leads when it is told to, accepts each batch last slot first (so the log has gaps and no order, as
/// Paxos's has), and decides a slot once all members hold it durably. It proves nothing about consensus: it is there to be run by the loop.
/// </summary>
internal sealed class ScriptedCore : IConsensusCore
{
    private const byte Accept = 1;
    private const byte Accepted = 2;
    private const byte Decide = 3;
    private const int HeaderBytes = 1 + 8 + 8 + 4;

    private readonly SortedDictionary<ulong, Slot> slots = [];
    private NodeId self;
    private NodeId[] peers = [];
    private WriteNumber lastWrite;
    private ulong handedOut;
    private ulong next = 1;
    private bool hasRoom = true;

    public CoreOutput Output { get; } = new();

    public Tick NextWake => Tick.Never;

    public NodeId Leader { get; private set; }

    public ulong Term { get; private set; } = 1;

    public Refusal RefuseProposals { get; set; }

    /// <summary>Batches that it was given, refused ones too.</summary>
    public int BatchesProposed { get; private set; }

    /// <summary>How many others must hold a slot before it is decided; null: all.</summary>
    public int? Acknowledgements { get; set; }

    public bool Leads => Leader == self;

    public Configuration Configuration { get; private set; } = Configuration.Empty;

    public ConfigurationInForce InForce => new(LogIndex.Zero, Configuration, Committed: true);

    public CoreStatus Status => new(
        Leads ? CoreRole.Leader : CoreRole.Follower, Leader, new Epoch(Term), new LogIndex(next - 1), new LogIndex(handedOut), Durable, false);

    /// <summary>How far its own disk is, as the loop shall see it.</summary>
    public LogIndex Durable { get; set; }

    /// <summary>How far the members are, as the loop shall see it.</summary>
    public MemberProgress[] Members { get; set; } = [];

    /// <summary>To whom leadership was to go.</summary>
    public List<NodeId> Transfers { get; } = [];

    public Refusal RefuseTransfers { get; set; }

    /// <summary>Changes that were asked for.</summary>
    public List<ConfigurationChange> Changes { get; } = [];

    public Refusal RefuseChanges { get; set; }

    /// <summary>Where set, decides for each change.</summary>
    public Func<ConfigurationChange, Refusal>? JudgeChange { get; set; }

    /// <summary>What had to be dropped when a checkpoint was published last.</summary>
    public LogIndex DropAtLeast { get; private set; }

    public MemberProgress[] Progress() => Members;

    public void Follow(NodeId leader, ulong term)
    {
        Leader = leader;
        Term = term;
    }

    public void Configure(Configuration configuration) => Configuration = configuration;

    /// <summary>As a new Raft leader does: an entry of nobody's.</summary>
    public void ProposeNoOp() => AcceptAsLeader(next++, EntryKind.NoOp, Payload.Empty);

    /// <summary>As a new Multi-Paxos leader does: what is accepted and not decided is proposed anew in its own epoch.</summary>
    public void ProposeAgain()
    {
        foreach (ulong number in slots.Keys.Where(n => n > handedOut).ToList())
        {
            slots.Remove(number, out Slot? before);
            AcceptAsLeader(number, before!.Entry.Kind, before.Entry.Payload);
            before.Entry.Payload.Release();
        }
    }

    public void Begin(CoreStart start)
    {
        self = start.Self;
        Configuration = start.Checkpoint.Configuration;
        peers = [.. Configuration.Voters.Select(m => m.Id).Where(id => id != self)];
        handedOut = start.Checkpoint.Index.Value;
        next = handedOut + 1;
    }

    public void Recover(in Entry entry)
    {
        if (entry.Index.Value <= handedOut)
            return;
        entry.Payload.Retain();
        slots[entry.Index.Value] = new Slot { Entry = entry, Durable = true, Decided = peers.Length == 0 };
        next = Math.Max(next, entry.Index.Value + 1);
    }

    public void Ready() => HandOut();

    public void Advance(Tick now)
    {
    }

    public bool Receive(NodeId from, InstanceId instance, in Payload frame)
    {
        ReadOnlySpan<byte> header = frame.Span;
        if (header.Length < HeaderBytes)
            return false;
        ulong number = BinaryPrimitives.ReadUInt64LittleEndian(header[1..]);
        switch (header[0])
        {
            case Accept:
                AcceptAsFollower(from, number, header, frame);
                break;
            case Accepted:
                slots[number].Acknowledged.Add(from.Value);
                TryDecide(number);
                break;
            default:
                if (slots.TryGetValue(number, out Slot? slot))
                    slot.Decided = true;
                HandOut();
                break;
        }

        return true;
    }

    public Refusal Propose(ReadOnlySpan<Payload> commands)
    {
        BatchesProposed++;
        if (!Leads)
            return Refusal.NotLeader;
        if (!hasRoom)
            return Refusal.DiskFull;
        if (RefuseProposals != Refusal.None)
            return RefuseProposals;
        ulong first = next;
        next += (ulong)commands.Length;
        for (int i = commands.Length - 1; i >= 0; i--)
            AcceptAsLeader(first + (ulong)i, EntryKind.Command, commands[i]);
        return Refusal.None;
    }

    public Refusal Read(ulong requestId)
    {
        if (!Leads)
            return Refusal.NotLeader;
        Output.Reads.Add(new ReadOutcome(requestId, new LogIndex(handedOut), Refusal.None));
        return Refusal.None;
    }

    public Refusal Change(ConfigurationChange change)
    {
        if (!Leads)
            return Refusal.NotLeader;
        Changes.Add(change);
        return JudgeChange?.Invoke(change) ?? RefuseChanges;
    }

    public Refusal Transfer(NodeId target)
    {
        if (!Leads)
            return Refusal.NotLeader;
        Transfers.Add(target);
        return RefuseTransfers;
    }

    public void Campaign()
    {
    }

    public void WritesDurable(WriteNumber upTo)
    {
        foreach ((ulong number, Slot slot) in slots)
        {
            if (slot.Write <= upTo)
                slot.Durable = true;
            TryDecide(number);
        }
    }

    public void DiskHasRoom(bool room) => hasRoom = room;

    public void EntriesLoaded(ulong ticket, ReadOnlySpan<Entry> entries)
    {
    }

    public void EntriesMissing(ulong ticket)
    {
    }

    public bool InstallSnapshot(SnapshotInfo snapshot)
    {
        if (snapshot.Index.Value <= handedOut)
            return false;
        handedOut = snapshot.Index.Value;
        next = Math.Max(next, handedOut + 1);
        lastWrite = lastWrite.Next;
        Output.Writes.Add(new LogWrite(lastWrite, LogWriteKind.Install, Snapshot: snapshot));
        return true;
    }

    public List<(NodeId To, LogIndex Index, bool Delivered)> SnapshotsSent { get; } = [];

    public void SnapshotSent(NodeId to, LogIndex index, bool delivered) => SnapshotsSent.Add((to, index, delivered));

    public LogIndex AppliedUpTo { get; private set; }

    public void Applied(LogIndex upTo) => AppliedUpTo = upTo;

    public void CheckpointPublished(SnapshotInfo checkpoint, LogIndex dropAtLeast)
    {
        DropAtLeast = dropAtLeast;
        Output.DropUpTo = KeepsLog ? dropAtLeast : checkpoint.Index;
    }

    /// <summary>A slow member wants all of the log: only what must go is dropped.</summary>
    public bool KeepsLog { get; set; }

    public void WriteState(IBufferWriter<byte> into) => throw new NotSupportedException();

    public void ReadState(ReadOnlySpan<byte> state, BlockPool pool) => throw new NotSupportedException();

    /// <summary>Gives every reference back.</summary>
    public void Forget()
    {
        foreach (Slot slot in slots.Values)
            slot.Entry.Payload.Release();
        slots.Clear();
    }

    private void AcceptAsLeader(ulong number, EntryKind kind, in Payload payload)
    {
        Write(number, new Entry(new LogIndex(number), new Epoch(Term), kind, payload));
        foreach (NodeId peer in peers)
            Send(peer, Accept, number, payload, WriteNumber.None);
    }

    private void AcceptAsFollower(NodeId from, ulong number, ReadOnlySpan<byte> header, in Payload frame)
    {
        ulong term = BinaryPrimitives.ReadUInt64LittleEndian(header[9..]);
        if (slots.TryGetValue(number, out Slot? before) && before.Entry.Epoch < new Epoch(term))
        {
            slots.Remove(number);
            before.Entry.Payload.Release();
        }

        if (!slots.ContainsKey(number))
        {
            uint checksum = BinaryPrimitives.ReadUInt32LittleEndian(header[17..]);
            int length = frame.Length - HeaderBytes;
            Payload payload = length == 0 ? Payload.Empty : new Payload(frame.Block!, frame.Offset + HeaderBytes, length, checksum);
            EntryKind kind = length == 0 ? EntryKind.NoOp : EntryKind.Command;
            Write(number, new Entry(new LogIndex(number), new Epoch(term), kind, payload));
            next = Math.Max(next, number + 1);
        }

        Send(from, Accepted, number, Payload.Empty, slots[number].Write);
    }

    private void Write(ulong number, Entry entry)
    {
        entry.Payload.Retain();
        lastWrite = lastWrite.Next;
        Output.Writes.Add(new LogWrite(lastWrite, LogWriteKind.Append, Output.WriteEntries.Count, 1));
        Output.WriteEntries.Add(entry);
        slots.Add(number, new Slot { Entry = entry, Write = lastWrite });
    }

    private void TryDecide(ulong number)
    {
        Slot slot = slots[number];
        if (!Leads || slot.Decided || !slot.Durable || slot.Acknowledged.Count < (Acknowledgements ?? peers.Length))
            return;
        slot.Decided = true;
        foreach (NodeId peer in peers)
            Send(peer, Decide, number, Payload.Empty, WriteNumber.None);
        HandOut();
    }

    private void HandOut()
    {
        while (slots.TryGetValue(handedOut + 1, out Slot? slot) && slot.Decided)
        {
            Output.Decided.Add(slot.Entry);
            handedOut++;
        }
    }

    private void Send(NodeId to, byte kind, ulong number, in Payload payload, WriteNumber after)
    {
        int payloads = payload.Length == 0 ? 0 : 1;
        Span<byte> header = Output.AddMessage(to, after, HeaderBytes, payloads);
        header[0] = kind;
        BinaryPrimitives.WriteUInt64LittleEndian(header[1..], number);
        BinaryPrimitives.WriteUInt64LittleEndian(header[9..], Term);
        BinaryPrimitives.WriteUInt32LittleEndian(header[17..], payload.Checksum);
        if (payloads == 1)
            Output.Payloads.Add(payload);
    }

    private sealed class Slot
    {
        public Entry Entry { get; init; }

        public WriteNumber Write { get; init; }

        public bool Durable { get; set; }

        public bool Decided { get; set; }

        public HashSet<ulong> Acknowledged { get; } = [];
    }
}
