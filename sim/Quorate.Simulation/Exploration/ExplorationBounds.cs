using Quorate.Consensus;

namespace Quorate.Simulation.Exploration;

/// <summary>How far an exploration goes. Each limit counts over the whole run that leads to a state, not for each member.</summary>
/// <param name="Name">As the command line knows it.</param>
public sealed record ExplorationBounds(string Name)
{
    /// <summary>Elections at most: terms go no higher.</summary>
    public const int CampaignsMax = 15;

    /// <summary>Members of Multi-Paxos at most: any of them may lead a round, each in a ballot of its own.</summary>
    public const int PaxosMembersMax = 4;

    /// <summary>Three members, two campaigns, a power cut, every write synced by an action of its own.</summary>
    public static ExplorationBounds Small => new("small") { Campaigns = 2, Crashes = 1 };

    /// <summary>As <see cref="Small"/>, and a network that also loses one message and repeats one. Takes minutes.</summary>
    public static ExplorationBounds SmallFaults => Small with { Name = "small-faults", Drops = 1, Duplicates = 1 };

    /// <summary>As <see cref="Small"/>, with a command. Takes minutes.</summary>
    public static ExplorationBounds SmallCommand => Small with { Name = "small-command", Proposals = 1 };

    /// <summary>Two campaigns, and a network that also loses one message and repeats one.</summary>
    public static ExplorationBounds SmallLossy => new("small-lossy") { Campaigns = 2, Drops = 1, Duplicates = 1, SyncAtOnce = true };

    /// <summary>Two campaigns of members that ask first whether they could win.</summary>
    public static ExplorationBounds SmallPreVote => new("small-pre-vote") { Campaigns = 2, PreVote = true, SyncAtOnce = true };

    /// <summary>Four elections, the least in which Figure 8 can happen, over links that hold one message each.</summary>
    public static ExplorationBounds FourElections => new("four-elections") { Campaigns = 4, SyncAtOnce = true, NewestOnly = true };

    /// <summary>As <see cref="FourElections"/>, with a power cut at any write.</summary>
    public static ExplorationBounds Large => FourElections with { Name = "large", Crashes = 1 };

    /// <summary>All that have a name.</summary>
    public static IReadOnlyList<ExplorationBounds> All => [Small, SmallFaults, SmallCommand, SmallLossy, SmallPreVote, FourElections, Large];

    /// <summary>Voters, 2 to 7.</summary>
    public int Members { get; init; } = 3;

    /// <summary>Times that some member is told to campaign, up to <see cref="CampaignsMax"/>.</summary>
    public int Campaigns { get; init; }

    /// <summary>Commands proposed to whoever leads.</summary>
    public int Proposals { get; init; }

    /// <summary>Power cuts: a member loses what is not durable, and starts again.</summary>
    public int Crashes { get; init; }

    /// <summary>Messages taken out of the network. One that is never delivered is as good as lost, so this adds little but states.</summary>
    public int Drops { get; init; }

    /// <summary>Messages delivered and left in the network.</summary>
    public int Duplicates { get; init; }

    /// <summary>Whether writes are durable by the end of the step that issues them, except where a power cut ends the step; else each waits for an action.</summary>
    public bool SyncAtOnce { get; init; }

    /// <summary>Whether members ask first whether they could win.</summary>
    public bool PreVote { get; init; }

    /// <summary>Entries in one message at most. One makes leaders overwrite step by step, as in Figure 8.</summary>
    public int MessageEntriesMax { get; init; } = 1;

    /// <summary>Whether a link holds one message: a newer one takes the older one's place, which is lost.</summary>
    public bool NewestOnly { get; init; }

    /// <summary>With <see cref="NewestOnly"/>: how many messages a link holds; past it one that is there gives way to the newer one.</summary>
    public int LinkMessagesMax { get; init; } = 1;

    /// <summary>States with more messages in flight are left out, and counted.</summary>
    public int MessagesMax { get; init; } = int.MaxValue;

    /// <summary>What the cores are tuned by. Whatever goes by time is off: there is none.</summary>
    public CoreOptions Options => new() { PreVote = PreVote, CheckQuorum = false, LeaseReads = false, MessageEntriesMax = MessageEntriesMax };

    /// <summary>The bounds in a line.</summary>
    public override string ToString() =>
        $"{Members} members, campaigns {Campaigns}, proposals {Proposals}, crashes {Crashes}, drops {Drops}, duplicates {Duplicates}, "
        + $"sync {(SyncAtOnce ? "at once" : "apart")}, pre-vote {(PreVote ? "on" : "off")}, entries a message {MessageEntriesMax}"
        + (!NewestOnly ? "" : LinkMessagesMax == 1 ? ", one message a link" : $", {LinkMessagesMax} messages a link")
        + (MessagesMax == int.MaxValue ? "" : $", messages in flight {MessagesMax}");
}
