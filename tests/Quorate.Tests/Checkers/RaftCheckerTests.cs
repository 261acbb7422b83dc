using Quorate.Checkers;
using Xunit;

namespace Quorate.Tests.Checkers;

/// <summary>Who may give up an entry that is decided.</summary>
public sealed class RaftCheckerTests
{
    private const ulong DecidedIn = 28;

    /// <summary>
    /// Raft seed 2233: a late vote made a leader of term 27, while that of term 28 had an entry of term 26 on a quorum already. A member outside that
    /// quorum, still in term 27, held the entry and followed the older leader, which lacked it.
    /// </summary>
    [Theory]
    [InlineData(DecidedIn - 1, true)]
    [InlineData(DecidedIn, false)]
    [InlineData(DecidedIn + 1, false)]
    public void A_decided_entry_goes_only_for_a_leader_elected_before(ulong term, bool may)
    {
        var checker = new RaftChecker();
        var entry = new LogRecord(1, 26, 1);
        checker.Decided.Add(entry, DecidedIn, member: 1);
        var log = new LogChain();
        log.Append(entry);
        CheckFailedException? broken = Record.Exception(() => checker.Truncates(6, term, log, last: 0)) as CheckFailedException;
        Assert.Equal(may ? null : Promise.LeaderCompleteness, broken?.Promise);
    }

    [Fact]
    public void What_is_not_the_decided_entry_may_go()
    {
        var checker = new RaftChecker();
        checker.Decided.Add(new LogRecord(1, 26, 1), DecidedIn, member: 1);
        var log = new LogChain();
        log.Append(new LogRecord(1, 25, 2));
        checker.Truncates(6, DecidedIn + 1, log, last: 0);
    }
}
