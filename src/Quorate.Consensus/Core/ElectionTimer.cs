namespace Quorate.Consensus;

/// <summary>When a member that hears of no leader campaigns (Raft §5.2: randomized, so that split votes are rare and end soon).</summary>
internal sealed class ElectionTimer(CoreOptions options)
{
    private Prng random = new(0);

    /// <summary>When it fires.</summary>
    public Tick Deadline { get; private set; }

    /// <summary>Whether it was held back since it was set last.</summary>
    public bool IsHeldBack { get; private set; }

    /// <summary>The source of chance; its state belongs to the core's.</summary>
    public Prng Random => random;

    /// <summary>Seeds it.</summary>
    public void Begin(ulong seed) => random = new Prng(seed);

    /// <summary>Takes over another core's state.</summary>
    public void Restore(Tick deadline, bool isHeldBack) => (Deadline, IsHeldBack) = (deadline, isHeldBack);

    /// <summary>A leader was heard from, or a vote given: one to two election timeouts from now.</summary>
    public void Reset(Tick now) => Set(now + random.Between(options.ElectionTicks, (2L * options.ElectionTicks) - 1));

    /// <summary>The member has started: a live leader is heard from before, or its followers refuse the pre-vote that follows.</summary>
    public void Start(Tick now)
    {
        if (IsFirstShort)
            Set(now + FirstPart());
        else
            Reset(now);
    }

    /// <summary>Nobody was ever elected, and others may not have been there to be asked: they are asked again soon.</summary>
    public void AwaitFirstVotes(Tick now)
    {
        if (IsFirstShort)
            Set(now + FirstPart());
        else
            AwaitVotes(now);
    }

    /// <summary>A campaign began: half an election timeout for the answers, then a random part of another half.</summary>
    public void AwaitVotes(Tick now) => Set(now + (options.ElectionTicks / 2) + RandomPart());

    /// <summary>An election was lost: again after a random part of half an election timeout, unless the winner is heard from.</summary>
    public void RetrySoon(Tick now) => Set(now + RandomPart());

    /// <summary>
    /// The process was paused: what queued up meanwhile is to be read before the timer fires. Once only: a member whose steps all come late has read it, and
    /// must campaign some time.
    /// </summary>
    public void HoldBack(Tick now)
    {
        if (Deadline <= now && !IsHeldBack)
            (Deadline, IsHeldBack) = (now + 1, true);
    }

    // Before a restart a leader may have been promised an election timeout without a vote of this member, its own included: leases rest on that.
    private bool IsFirstShort => options.PreVote && options.FirstElectionTicks > 0 && !options.LeaseReads;

    private void Set(Tick deadline) => (Deadline, IsHeldBack) = (deadline, false);

    private long FirstPart() => random.Between(options.FirstElectionTicks, (2L * options.FirstElectionTicks) - 1);

    private long RandomPart() => random.Between(1, Math.Max(1, options.ElectionTicks / 2));
}
