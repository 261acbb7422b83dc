using System.Buffers;
using System.Runtime.InteropServices;
using Quorate.Consensus;
using Quorate.Paxos.Synod;

namespace Quorate.Simulation.Exploration;

/// <summary>One member between two inputs.</summary>
/// <param name="Core">As it wrote itself. All it ever wrote is durable.</param>
/// <param name="State">The durable part.</param>
/// <param name="Used">The highest ballot it has proposed in.</param>
/// <param name="Phase">How far its own ballot is.</param>
/// <param name="Decision">What it takes for decided.</param>
internal sealed record SynodNode(byte[] Core, SynodState State, Ballot Used, ProposerPhase Phase, Value? Decision);

/// <summary>A message on its way, without its sender and receiver.</summary>
/// <param name="Message">It.</param>
/// <param name="Ballot">The ballot it speaks of.</param>
internal sealed record SynodContent(SynodMessage Message, Ballot Ballot);

/// <summary>Messages by number: equal ones have the same, whoever sends them to whom.</summary>
internal sealed class SynodContents
{
    private readonly Interner numbers = new();
    private readonly List<SynodContent> contents = [];

    /// <summary>How many there are.</summary>
    public int Count => contents.Count;

    /// <summary>The message of that number.</summary>
    public SynodContent this[int number] => contents[number];

    /// <summary>The number of a message; it has been bytes in between.</summary>
    public int Add(SynodMessage message)
    {
        byte[] bytes = SynodCodec.Encode(message);
        if (numbers.Add(bytes, out int number))
        {
            SynodMessage? read = SynodCodec.TryDecode(bytes);
            Invariant.Check(read == message && read is not null);
            contents.Add(new SynodContent(read, BallotOf(read)));
        }

        return number;
    }

    private static Ballot BallotOf(SynodMessage message) => message switch
    {
        Prepare prepare => prepare.Ballot,
        Promise promise => promise.Ballot,
        Refused refused => refused.Ballot,
        Accept accept => accept.Ballot,
        Accepted accepted => accepted.Vote.Ballot,
        _ => Ballot.Zero,
    };
}

/// <summary>What one input makes of a member.</summary>
/// <param name="Next">Its next state; -1 when a promise broke.</param>
/// <param name="SentStart">Where what it sends begins.</param>
/// <param name="SentCount">How many messages.</param>
internal readonly record struct SynodStep(int Next, int SentStart, int SentCount);

/// <summary>
/// Every member state met, and for each what each input makes of it, by the real <see cref="SynodMember"/>. Acceptors in the same state
/// have the same number, whichever they are.
/// </summary>
internal sealed class SynodNodes(SynodBounds bounds, SynodContents contents)
{
    private readonly Interner numbers = new();
    private readonly List<SynodNode> nodes = [];
    private readonly NumberMap known = new();
    private readonly List<SynodStep> steps = [];
    private readonly List<(NodeId To, int Content)> sent = [];
    private readonly NumberMap renamed = new();
    private readonly ArrayBufferWriter<byte> written = new();

    /// <summary>Member states met.</summary>
    public int Count => nodes.Count;

    /// <summary>Steps that members have taken.</summary>
    public int StepCount => steps.Count;

    /// <summary>Which promise was broken by the step that has no next state.</summary>
    public string Broken { get; private set; } = "";

    /// <summary>The state of that number.</summary>
    public SynodNode this[int number] => nodes[number];

    /// <summary>A member with an empty disk.</summary>
    public int First(NodeId id) => Add(id, new SynodMember(bounds.OptionsOf(id), SynodState.Empty, new Prng(id.Value)), SynodState.Empty);

    /// <summary>What an input makes of a member.</summary>
    /// <param name="id">Who it is.</param>
    /// <param name="from">Its state.</param>
    /// <param name="kind">Campaign: it begins a ballot. Deliver: a message arrives. Crash: it loses power and starts again.</param>
    /// <param name="powerCut">It loses power before what the step writes is durable.</param>
    /// <param name="sender">Deliver: whose message.</param>
    /// <param name="content">Deliver: which.</param>
    public SynodStep Take(NodeId id, int from, ActionKind kind, bool powerCut, NodeId sender = default, int content = 0)
    {
        // An acceptor's number does not matter to it, nor to a learner the learner's; a proposer's stands in its ballots.
        ulong input = (ulong)kind | (powerCut ? 8UL : 0) | (sender.Value << 4) | ((ulong)content << 8);
        ulong key = ((ulong)from << 32) | input | (1UL << 63);
        if (known.TryGet(key, out int number))
            return steps[number];
        SynodStep step = TakeAnew(id, nodes[from], kind, powerCut, sender, content);
        known.Add(key, steps.Count);
        steps.Add(step);
        return step;
    }

    /// <summary>What a step sends, in order.</summary>
    public ReadOnlySpan<(NodeId To, int Content)> Sent(SynodStep step) => CollectionsMarshal.AsSpan(sent).Slice(step.SentStart, step.SentCount);

    /// <summary>A proposer's state, had the acceptors been numbered otherwise: place i of the order holds which acceptor, from 0.</summary>
    public int Rename(NodeId id, int proposer, int[] order, int orderNumber)
    {
        ulong key = ((ulong)proposer << 16) | (uint)orderNumber | (1UL << 63);
        if (renamed.TryGet(key, out int number))
            return number;
        SynodNode node = nodes[proposer];
        byte[] core = [.. node.Core];
        Span<byte> promised = core.AsSpan(PromisedAt(node.Core), bounds.Acceptors);
        ReadOnlySpan<byte> before = node.Core.AsSpan(PromisedAt(node.Core), bounds.Acceptors);
        for (int i = 0; i < promised.Length; i++)
            promised[i] = before[order[i]];
        number = Intern(id, node with { Core = core });
        renamed.Add(key, number);
        return number;
    }

    /// <summary>Whether a proposer has an acceptor's promise.</summary>
    public bool HasPromise(int proposer, int acceptor)
    {
        byte[] core = nodes[proposer].Core;
        return core[PromisedAt(core) + acceptor] != 0;
    }

    // The promises are the last that a proposer writes, before the votes that a learner has heard: none here.
    private int PromisedAt(byte[] core) => core.Length - sizeof(int) - BitConverter.ToInt32(core.AsSpan(^sizeof(int)..)) - (2 * bounds.Acceptors);

    private SynodStep TakeAnew(NodeId id, SynodNode from, ActionKind kind, bool powerCut, NodeId sender, int content)
    {
        try
        {
            int start = sent.Count;
            SynodMember member = SynodMember.ReadState(bounds.OptionsOf(id), from.Core);
            if (kind == ActionKind.Campaign)
                member.Propose(SynodBounds.ValueOf(bounds.ProposerAt((int)id.Value - 1)));
            else if (kind == ActionKind.Deliver)
                member.Receive(sender, contents[content].Message);
            SynodState durable = CarryOut(member, from.State, syncs: !powerCut);
            if (powerCut || kind == ActionKind.Crash)
                member = new SynodMember(bounds.OptionsOf(id), durable, new Prng(id.Value));
            Invariant.Check(bounds.OutcomeOnly || (durable.Promised >= from.State.Promised && durable.Used >= from.State.Used)); // what is durable never goes back
            return new SynodStep(Add(id, member, durable), start, sent.Count - start);
        }
        catch (InvariantBrokenException broken)
        {
            Broken = broken.Message;
            return new SynodStep(-1, 0, 0);
        }
    }

    /// <summary>Does what a host would, and notes what leaves.</summary>
    /// <returns>What is durable in the end.</returns>
    private SynodState CarryOut(SynodMember member, SynodState durable, bool syncs)
    {
        WriteNumber synced = WriteNumber.None;
        var waiting = new List<SynodSend>();
        do
        {
            waiting.AddRange(member.Output.Messages);
            WriteNumber last = synced;
            foreach (SynodWrite write in member.Output.Writes)
                (last, durable) = (write.Number, syncs ? write.State : durable);
            member.Output.Clear();
            if (!syncs || last == synced)
                continue;
            synced = last;
            member.Durable(synced);
        }
        while (!member.Output.IsEmpty);
        foreach (SynodSend send in waiting)
        {
            if (send.After <= synced)
                sent.Add((send.To, contents.Add(send.Message)));
        }

        return durable;
    }

    private int Add(NodeId id, SynodMember member, SynodState durable)
    {
        written.ResetWrittenCount();
        member.WriteState(written);
        return Intern(id, new SynodNode(written.WrittenSpan.ToArray(), durable, member.Used, member.Phase, member.Decision));
    }

    private int Intern(NodeId id, SynodNode node)
    {
        int role = (int)id.Value <= bounds.Acceptors && bounds.ProposerAt((int)id.Value - 1) < 0 ? 0 : (int)id.Value;
        int timing = BitConverter.ToInt32(node.Core.AsSpan(^sizeof(int)..));
        byte[] key = [(byte)role, .. node.Core.AsSpan(..^(timing + sizeof(int))), .. node.State.ToBytes()];
        if (numbers.Add(key, out int number))
            nodes.Add(node);
        return number;
    }
}
