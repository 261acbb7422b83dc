using System.Buffers;
using System.Buffers.Binary;
using Quorate.Consensus;

namespace Quorate.Paxos.Synod;

/// <summary>
/// One member of a decision: proposer, acceptor and learner as its options say, without I/O, time or threads of its own. It takes one
/// input at a time by a call and adds what it wants done to <see cref="Output"/>. One caller at a time.
/// </summary>
public sealed class SynodMember
{
    private readonly SynodOptions options;
    private readonly Prng chance;
    private readonly Proposer proposer;
    private readonly Learner learner;
    private readonly bool isAcceptor;
    private readonly bool isLearner;
    private readonly IReadOnlyList<NodeId> hearVotes;

    // What it tells itself, as soon as the write it speaks of is durable.
    private readonly Queue<(WriteNumber After, SynodMessage Message)> own = new();
    private readonly Acceptor acceptor;
    private SynodState state;
    private WriteNumber written;
    private WriteNumber durable;
    private Tick now;
    private int failures;

    /// <summary>A member with what its disk holds.</summary>
    /// <param name="options">Who takes part.</param>
    /// <param name="state">The state last made durable; <see cref="SynodState.Empty"/> the first time.</param>
    /// <param name="chance">For the back-off; proposers must not share a seed.</param>
    /// <exception cref="QuorumSizesException">The quorums do not fit the acceptors.</exception>
    /// <exception cref="ArgumentException">An acceptor is named twice, or a distinguished learner is no learner.</exception>
    public SynodMember(SynodOptions options, SynodState state, Prng chance)
    {
        options.Expect();
        this.options = options;
        this.state = state;
        this.chance = chance;
        isAcceptor = options.Acceptors.Contains(options.Self);
        isLearner = options.Learners.Contains(options.Self);
        hearVotes = options.Distinguished.Count == 0 ? options.Learners : options.Distinguished;
        int voters = options.Acceptors.Count;
        proposer = new Proposer(options.Self, options.Acceptors, options.Quorums.Phase1Of(voters), state.Used);
        acceptor = new Acceptor(state.Promised, state.Accepted);
        learner = new Learner(options.Acceptors, options.Quorums.Phase2Of(voters), state.Decided);
    }

    /// <summary>What is to be done; the caller clears it.</summary>
    public SynodOutput Output { get; } = new();

    /// <summary>What is decided; null while this member does not know. It never changes.</summary>
    public Value? Decision => learner.Decision;

    /// <summary>How far its own ballot is.</summary>
    public ProposerPhase Phase => proposer.Phase;

    /// <summary>The highest ballot that it has proposed in.</summary>
    public Ballot Used => proposer.Used;

    /// <summary>Its state, durable or not.</summary>
    public SynodState State => state;

    /// <summary>When it must next be given the time.</summary>
    public Tick NextWake { get; private set; } = Tick.Never;

    /// <summary>
    /// Has this member propose a value, at once and again until something is decided: not necessarily this. A learner that has missed the
    /// decision learns it so too. One that is no learner proposes once and no more: it would not know when to end (<see cref="Advance"/>).
    /// </summary>
    public void Propose(Value value)
    {
        if (Decision is not null)
            return;
        proposer.Own = value;
        BeginBallot();
        Settle();
    }

    /// <summary>Time, counted in ticks of the caller's choosing; it never goes back.</summary>
    /// <exception cref="InvalidOperationException">The member proposes and is no learner: it would begin ballots for ever.</exception>
    public void Advance(Tick to)
    {
        Invariant.Check(to >= now);
        if (proposer.Own is not null && !isLearner)
        {
            throw new InvalidOperationException(
                $"member {options.Self} proposes and is no learner: it would never hear of a decision and begin ballots for ever");
        }

        now = to;
        if (now < NextWake || Decision is not null)
            return;
        if (proposer.Phase == ProposerPhase.Idle)
            BeginBallot();
        else
            BackOff(); // no answer, or no decision: messages were lost, or too few members are up
        Settle();
    }

    /// <summary>A message of another member; whose, the transport must know.</summary>
    public void Receive(NodeId from, SynodMessage message)
    {
        Take(from, message);
        Settle();
    }

    /// <summary>All writes up to this number are durable.</summary>
    public void Durable(WriteNumber upTo)
    {
        Invariant.Check(upTo >= durable && upTo <= written);
        durable = upTo;
        Settle();
    }

    /// <summary>
    /// Writes, between inputs and with all writes durable, everything that its behaviour depends on: equal states, equal bytes. What hangs on
    /// time and chance stands at the end, its length in the last four bytes.
    /// </summary>
    public void WriteState(IBufferWriter<byte> into)
    {
        Invariant.Check(written == durable && own.Count == 0 && Output.IsEmpty);
        var writer = new SynodWriter();
        writer.State(Roles()); // what is durable may differ only while a write is under way
        writer.State(state);
        proposer.WriteState(writer);
        learner.WriteState(writer);
        into.Write(writer.ToBytes());
        var time = new SynodWriter();
        time.UInt64((ulong)now.Value);
        time.UInt64((ulong)NextWake.Value);
        time.UInt64((ulong)failures);
        (ulong s0, ulong s1, ulong s2, ulong s3) = chance.State;
        foreach (ulong word in new[] { s0, s1, s2, s3 })
            time.UInt64(word);
        byte[] timing = time.ToBytes();
        into.Write(timing);
        BinaryPrimitives.WriteInt32LittleEndian(into.GetSpan(sizeof(int)), timing.Length);
        into.Advance(sizeof(int));
    }

    /// <summary>The member of these options that wrote <paramref name="bytes"/>.</summary>
    /// <exception cref="InvalidDataException">They are no state.</exception>
    public static SynodMember ReadState(SynodOptions options, ReadOnlySpan<byte> bytes)
    {
        var reader = new SynodReader(bytes[..^sizeof(int)]);
        var member = new SynodMember(options, reader.State(), new Prng(0)) { state = reader.State() };
        member.proposer.ReadState(ref reader);
        member.learner.ReadState(ref reader);
        member.now = new Tick((long)reader.UInt64());
        member.NextWake = new Tick((long)reader.UInt64());
        member.failures = (int)reader.UInt64();
        member.chance.State = (reader.UInt64(), reader.UInt64(), reader.UInt64(), reader.UInt64());
        reader.ExpectEnd();
        return member;
    }

    private void BeginBallot()
    {
        Prepare prepare = proposer.Begin(acceptor.Promised);
        Save();
        NextWake = now + options.BallotTicks;
        Send(options.Acceptors, prepare, written); // the ballot is used: only a disk that knows it keeps it from being used again
    }

    private void BackOff()
    {
        proposer.GiveUp();
        failures++;
        NextWake = now + options.Backoff.Draw(failures, chance);
    }

    private void Take(NodeId from, SynodMessage message)
    {
        switch (message)
        {
            case Prepare prepare when isAcceptor:
                Answer([from], acceptor.Answer(prepare));
                break;
            case Accept accept when isAcceptor:
                SynodMessage answer = acceptor.Answer(accept);
                Answer(answer is Accepted ? hearVotes : [from], answer);
                break;
            case Promise promise when proposer.Hear(from, promise) is { } accept:
                Send(options.Acceptors, accept, WriteNumber.None);
                break;
            case Refused refused when proposer.Hear(refused) && Decision is null:
                BackOff();
                break;
            case Accepted accepted when isLearner && learner.Hear(from, accepted):
                TellOthers();
                break;
            case Decided decided when isLearner && options.Distinguished.Contains(from):
                learner.Hear(decided);
                break;
        }

        if (Decision is null)
            return;
        proposer.GiveUp();
        NextWake = Tick.Never;
    }

    /// <summary>An acceptor's answer leaves once its state is durable: a promise or a vote that it could forget would be a lie.</summary>
    private void Answer(IReadOnlyList<NodeId> to, SynodMessage answer)
    {
        Save();
        Send(to, answer, answer is Refused ? WriteNumber.None : written);
    }

    private void TellOthers()
    {
        if (!options.Distinguished.Contains(options.Self))
            return;
        foreach (NodeId other in options.Learners)
        {
            if (other != options.Self)
                Output.Messages.Add(new SynodSend(other, new Decided(Decision!.Value), WriteNumber.None));
        }
    }

    private void Send(IReadOnlyList<NodeId> to, SynodMessage message, WriteNumber after)
    {
        foreach (NodeId member in to)
        {
            if (member == options.Self)
                own.Enqueue((after, message));
            else
                Output.Messages.Add(new SynodSend(member, message, after));
        }
    }

    /// <summary>What the disk allows it to tell itself, and what that brings.</summary>
    private void Settle()
    {
        while (own.TryPeek(out (WriteNumber After, SynodMessage Message) next) && next.After <= durable)
        {
            own.Dequeue();
            Take(options.Self, next.Message);
        }

        Save();
    }

    /// <summary>What its roles hold of what must be kept.</summary>
    private SynodState Roles() => new(proposer.Used, acceptor.Promised, acceptor.Accepted, Decision);

    private void Save()
    {
        SynodState next = Roles();
        if (next == state)
            return;
        Invariant.Check(next.Used >= state.Used && next.Promised >= state.Promised); // what was promised stands
        Invariant.Check(next.Accepted is null || next.Accepted.Ballot <= next.Promised);
        state = next;
        written = written.Next;
        Output.Writes.Add(new SynodWrite(written, state));
    }
}
