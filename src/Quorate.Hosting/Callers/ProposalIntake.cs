using System.Buffers;
using Quorate.Consensus;
using Quorate.Replica;

namespace Quorate.Hosting;

/// <summary>
/// Where callers leave commands: each is copied once, from the caller's buffer into the block that log and peers will share, and gets the
/// number under which its answer comes back. Any thread.
/// </summary>
internal sealed class ProposalIntake
{
    private readonly Lock gate = new();
    private readonly ProposalBatch gathering;
    private readonly PendingProposal?[] places;
    private readonly PendingProposal givenUp;
    private readonly Stack<PendingProposal> spare = new();
    private readonly Lock spareGate = new();
    private readonly Action wake;
    private ulong last;
    private bool closed;

    /// <summary>Takes commands for this start of a member.</summary>
    /// <param name="batch">Gathers them.</param>
    /// <param name="openMax">How many callers may wait.</param>
    /// <param name="wake">Tells the loop that there is something.</param>
    public ProposalIntake(ProposalBatch batch, int openMax, Action wake)
    {
        gathering = batch;
        places = new PendingProposal?[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)openMax)];
        this.wake = wake;
        givenUp = new PendingProposal(this);
    }

    /// <summary>Takes a command: <paramref name="prefix"/>, then <paramref name="command"/>. Whatever goes wrong is in what it returns: it never throws.</summary>
    public ValueTask<Answer> Propose(ReadOnlySpan<byte> prefix, in ReadOnlySequence<byte> command, CancellationToken cancellation)
    {
        int length = prefix.Length + checked((int)command.Length);
        PendingProposal pending = Rent();
        bool first;
        lock (gate)
        {
            if (closed)
                return ValueTask.FromException<Answer>(new RequestFailedException(new Failure(FailureReason.Stopped)));
            ref PendingProposal? place = ref Place(last + 1);
            if (place is not null)
                return ValueTask.FromException<Answer>(new RequestFailedException(Failure.Refused(Refusal.TooManyRequests)));
            ulong number = ++last;
            pending.Begin(number);
            place = pending;
            Span<byte> room = gathering.Room(length);
            prefix.CopyTo(room);
            command.CopyTo(room[prefix.Length..]);
            first = gathering.Count == 0;
            gathering.Add(number, length);
        }

        if (first)
            wake();
        pending.Watch(cancellation);
        return pending.Task;
    }

    /// <summary>Moves what was left here into <paramref name="batch"/>. The loop's thread.</summary>
    public void Take(ProposalBatch batch)
    {
        lock (gate)
            gathering.MoveTo(batch);
    }

    /// <summary>The answer to <paramref name="number"/>. The apply thread.</summary>
    public void Answered(ulong number, ReadOnlySpan<byte> answer)
    {
        if (TakeOut(number) is { } pending)
            pending.Complete(new Answer(answer));
    }

    /// <summary>There is no answer to <paramref name="number"/>. The loop's thread.</summary>
    public void Failed(ulong number, Failure failure) => TakeOut(number)?.Fail(new RequestFailedException(failure));

    /// <summary>A caller no longer waits. Its place stays taken until the number ends, so that no other caller gets its answer.</summary>
    /// <returns>False when it has just ended.</returns>
    public bool TryGiveUp(ulong number, PendingProposal pending) =>
        Interlocked.CompareExchange(ref Place(number), givenUp, pending) == pending;

    /// <summary>The node has stopped: nobody else may come, and those who wait are told. After loop and apply have ended.</summary>
    public void Close()
    {
        lock (gate)
            closed = true;
        for (int i = 0; i < places.Length; i++)
        {
            PendingProposal? pending = Interlocked.Exchange(ref places[i], null);
            if (pending is not null && pending != givenUp)
                pending.Fail(new RequestFailedException(new Failure(FailureReason.Stopped)));
        }
    }

    /// <summary>A caller has read its result.</summary>
    public void Return(PendingProposal pending)
    {
        lock (spareGate)
        {
            if (spare.Count < places.Length)
                spare.Push(pending);
        }
    }

    private PendingProposal Rent()
    {
        lock (spareGate)
            return spare.TryPop(out PendingProposal? pending) ? pending : new PendingProposal(this);
    }

    private PendingProposal? TakeOut(ulong number)
    {
        PendingProposal? pending = Interlocked.Exchange(ref Place(number), null);
        return pending == givenUp ? null : pending;
    }

    private ref PendingProposal? Place(ulong number) => ref places[number & (ulong)(places.Length - 1)];
}
