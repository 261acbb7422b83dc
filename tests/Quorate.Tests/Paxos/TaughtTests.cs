using Quorate.Consensus;
using Quorate.Paxos.MultiPaxos;
using Xunit;

namespace Quorate.Tests.Paxos;

/// <summary>
/// Somebody says that slots 1 to 3 are decided, in ballot 5 or lower ones: what is held under ballot 5, or a higher one, is what was decided, and nothing else is known by it.
/// </summary>
public sealed class TaughtTests
{
    private static readonly Ballot told = Of(5);

    [Fact]
    public void What_is_held_under_that_ballot_is_decided() => Assert.Equal(3ul, TaughtTo(3, 5, 5, 5));

    [Fact]
    public void So_is_what_is_held_under_a_higher_one() => Assert.Equal(3ul, TaughtTo(3, 5, 8, 6));

    [Fact]
    public void What_is_held_under_a_lower_one_may_be_another_value() => Assert.Equal(1ul, TaughtTo(3, 5, 4, 5));

    [Fact]
    public void A_gap_ends_it() => Assert.Equal(1ul, TaughtTo(3, 5, 0, 5));

    [Fact]
    public void Nothing_is_known_of_slots_after_those() => Assert.Equal(2ul, TaughtTo(2, 5, 5, 5));

    [Fact]
    public void The_ballot_of_the_last_slot_known_decided_is_what_is_taught_next()
    {
        SlotLog log = Holding(5, 8, 6);
        log.Taught(new LogIndex(3), told, promised: Of(9));
        Assert.Equal(Of(6), log.CommitBallot);
    }

    [Fact]
    public void What_was_accepted_under_the_ballot_promised_agrees_with_its_leader_from_there_on()
    {
        SlotLog log = Holding(5, 5, 9);
        log.BallotChanged(Of(9));
        Assert.Equal(LogIndex.Zero, log.Agreed);
        log.Taught(new LogIndex(2), told, promised: Of(9));
        Assert.Equal((new LogIndex(2), new LogIndex(3)), (log.Commit, log.Agreed));
    }

    private static ulong TaughtTo(ulong index, params ulong[] rounds)
    {
        SlotLog log = Holding(rounds);
        log.Taught(new LogIndex(index), told, promised: Of(9));
        return log.Commit.Value;
    }

    /// <summary>A log that holds no-ops from slot 1 on, each accepted in the ballot of this round; 0: nothing.</summary>
    private static SlotLog Holding(params ulong[] rounds)
    {
        var output = new CoreOutput();
        var log = new SlotLog(new CoreOptions(), output, new WriteLedger(output), new DeferredReleases());
        log.Begin(SnapshotInfo.Initial(Configuration.Empty), decided: LogIndex.Zero);
        for (int i = 0; i < rounds.Length; i++)
        {
            if (rounds[i] > 0)
                log.Recover(new Entry(new LogIndex((ulong)i + 1), Of(rounds[i]).Epoch, EntryKind.NoOp, Payload.Empty));
        }

        log.Recovered();
        return log;
    }

    private static Ballot Of(ulong round) => new(round, new NodeId(1));
}
