using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>
/// Which configuration decides which slots. A configuration entry that is decided at a slot names the first slot that its members decide, a
/// window (α) further on; until everything before that is decided it is pending, and the one before it decides. Owner: <see cref="SlotLog"/>.
/// </summary>
internal sealed class ConfigurationTimeline(CoreOutput output)
{
    private LogIndex index; // the entry that carries the newest one, or a checkpoint that covers it

    /// <summary>Decides the slots up to the one before that of <see cref="Pending"/>.</summary>
    public Configuration Current { get; private set; } = Configuration.Empty;

    /// <summary>Decided, and comes into force at its slot; null when there is none. At most one: leaders and numbers see to it.</summary>
    public Configuration? Pending { get; private set; }

    /// <summary>The newest one, joint while it is pending: whoever decides anything now, or soon, is in it.</summary>
    public Configuration Latest => Pending ?? Current;

    /// <summary>The last slot before those of <see cref="Current"/>; zero where it is the first configuration, which nobody need be told of.</summary>
    public LogIndex Closing => Current.From > LogIndex.Zero ? Current.From.Previous : LogIndex.Zero;

    /// <summary>One has come into force since this was last reset.</summary>
    public bool HasChanged { get; set; }

    /// <summary>The entry that carries <see cref="Latest"/>, or a checkpoint that covers it; zero: the first.</summary>
    public LogIndex Index => index;

    /// <summary>Knows what a checkpoint holds.</summary>
    public void Reset(Configuration configuration, LogIndex at)
    {
        index = at;
        if (configuration.From > at.Next)
        {
            Invariant.Check(configuration.IsJoint);
            Pending = configuration;
            Current = new Configuration(configuration.Outgoing, [], number: configuration.Number - 1);
        }
        else
        {
            Pending = null;
            Current = Final(configuration);
        }
    }

    /// <summary>Takes over another core's state.</summary>
    public void Restore(LogIndex at, Configuration current, Configuration? pending) => (index, Current, Pending) = (at, current, pending);

    /// <summary>The configuration that decides <paramref name="slot"/>, one not decided yet.</summary>
    public Configuration Ruling(LogIndex slot) => Pending is { } next && slot >= next.From ? next : Current;

    /// <summary>
    /// A configuration entry is decided at <paramref name="at"/>. One that an earlier leader had made of a configuration which is no longer the newest may
    /// be found in phase 1, and decided, in a slot after the other: it has no effect (rule 14).
    /// </summary>
    public void Decided(LogIndex at, Configuration configuration)
    {
        if (!configuration.Follows(Latest))
            return;
        Invariant.Check(Pending is null); // who makes one knows the one before it in force
        index = at;
        if (configuration.From > at.Next)
            Pending = configuration;
        else
            (Current, HasChanged) = (Final(configuration), true);
        Announce();
    }

    /// <summary>Everything up to <paramref name="commit"/> is decided.</summary>
    public void CommittedUpTo(LogIndex commit)
    {
        if (Pending is not { } next || commit.Next < next.From)
            return;
        (Current, Pending) = (Final(next), null);
        HasChanged = true;
        Announce();
    }

    /// <summary>Says which one is the newest.</summary>
    public void Announce() => output.Configurations.Add(InForce);

    /// <summary>The newest one.</summary>
    public ConfigurationInForce InForce => new(index, Latest, Committed: true);

    // Keeps its first slot: whoever leads later must know it, see Closing.
    private static Configuration Final(Configuration configuration) =>
        configuration.IsJoint ? new Configuration(configuration.Members, [], configuration.From, configuration.Number) : configuration;
}
