namespace Quorate.Consensus;

/// <summary>
/// Which lives of other members' disks may speak to this one: the rule that real links and simulated ones share. A wiped or replaced disk is
/// refused once a decided configuration names another. Answers count only in quorums that name their instance; but who asks for a promise is
/// known by its member's number alone, so Multi-Paxos rests on this rule (docs/ARCHITECTURE.md, "Identity"). Owner: the replica loop.
/// </summary>
public sealed class InstanceAdmission
{
    // Judged by what is decided: a truncation may take the configuration in force back, but never this one.
    private ConfigurationInForce committed = new(LogIndex.Zero, Configuration.Empty, Committed: true);

    /// <summary>The configuration in force.</summary>
    public ConfigurationInForce InForce { get; private set; } = new(LogIndex.Zero, Configuration.Empty, Committed: true);

    /// <summary>Another configuration is in force, or it is known to be committed.</summary>
    public void Know(in ConfigurationInForce inForce)
    {
        InForce = inForce;
        if (inForce.Committed && inForce.Index >= committed.Index)
            committed = inForce;
    }

    /// <summary>Whether that instance may speak for that member.</summary>
    /// <param name="member">The member.</param>
    /// <param name="instance">Its instance.</param>
    /// <param name="known">The entry of the configuration that it has in force, committed or not.</param>
    /// <remarks>
    /// A member that our configuration does not name may: it can be newer than our log, and a leader we have yet to hear of
    /// (Raft §6). So may an instance that took the place of one that we know, when it knows a newer configuration than the last that we
    /// know to be committed.
    /// </remarks>
    public bool Admits(NodeId member, InstanceId instance, LogIndex known) =>
        known > committed.Index
        || !IsForeign(committed.Configuration, member, instance)
        || !IsForeign(InForce.Configuration, member, instance);

    /// <summary>
    /// Whether that member is one: by the configuration in force or, while that may still be taken back, by the last that is known to be committed. Whom a
    /// configuration leaves out is sent to until it is committed, so that it learns that it is out.
    /// </summary>
    public bool Names(NodeId member) => InForce.Configuration.Find(member) is not null || committed.Configuration.Find(member) is not null;

    private static bool IsForeign(Configuration configuration, NodeId member, InstanceId instance) =>
        configuration.Find(member) is not null && !configuration.Contains(member, instance);
}
