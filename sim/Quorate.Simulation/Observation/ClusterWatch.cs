using Quorate.Checkers;
using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// Everything that is checked across members while a run goes on. Owner: its world.
/// </summary>
public sealed class ClusterWatch
{
    private readonly Dictionary<(ulong Instance, uint Start, ulong Number), WatchedOperation> origins = [];
    private readonly QuorumSizes quorums;
    private readonly ulong window;
    private readonly List<(ulong Slot, Configuration Configuration)> effective = []; // of Paxos: those that changed something, by slot
    private readonly Queue<(ulong UpTo, VoterSets Under)> commits = []; // by leaders, of what nobody has handed out yet
    private Configuration decidedConfiguration;
    private Configuration beforeDecided;
    private Configuration? lastRuling;
    private Voter[] lastVoters = [];

    internal ClusterWatch(Configuration first, int keys, IConsensusEngine engine, CoreOptions core)
    {
        (quorums, window) = (core.Quorums, (ulong)core.ReconfigurationWindow);
        IsPaxos = engine.Name != "raft";
        beforeDecided = first;
        decidedConfiguration = first;
        effective.Add((0, first));
        DecidedUnder = CheckerWords.Of(first);
        Order = new LogOrderChecker(keys);
    }

    /// <summary>Terms, logs and disks.</summary>
    public RaftChecker Raft { get; } = new();

    /// <summary>Ballots, slots and disks.</summary>
    public PaxosChecker Paxos { get; } = new();

    /// <summary>Whether the group runs Multi-Paxos.</summary>
    public bool IsPaxos { get; }

    /// <summary>What has been decided.</summary>
    public DecidedLog Decided => IsPaxos ? Paxos.Decided : Raft.Decided;

    /// <summary>How many terms or ballots had a leader.</summary>
    public int LeadersSeen => IsPaxos ? Paxos.BallotsLed : Raft.TermsLed;

    /// <summary>Answers against log order.</summary>
    public LogOrderChecker Order { get; }

    /// <summary>The configuration that a leader proposed last.</summary>
    internal Configuration? ProposedLast { get; private set; }

    /// <summary>A leader proposes a configuration.</summary>
    internal void Proposes(NodeId leader, Configuration configuration)
    {
        ProposedLast = configuration;
        ConfigurationProposed?.Invoke(leader, configuration);
    }

    /// <summary>What each entry was answered with, wherever it was applied.</summary>
    public StateFingerprints Answers { get; } = new("the answer to");

    /// <summary>The state machine's own hash after each entry.</summary>
    public StateFingerprints States { get; } = new("the state after");

    /// <summary>Snapshots taken after each entry.</summary>
    public StateFingerprints Snapshots { get; } = new("the snapshot after");

    /// <summary>The newest configuration that is decided.</summary>
    public Configuration DecidedConfiguration => decidedConfiguration;

    /// <summary>Told of each member that begins to lead.</summary>
    internal Action<NodeId>? LeaderAppeared { get; set; }

    /// <summary>Told of each configuration that a leader proposes, and of who leads.</summary>
    internal Action<NodeId, Configuration>? ConfigurationProposed { get; set; }

    /// <summary>
    /// The configuration by which a leader counted Raft's last decided entry. It need not be decided, nor known to the first member that hands the entry out.
    /// </summary>
    internal VoterSets DecidedUnder { get; private set; }

    /// <summary>Everything that changes a run's course, hashed.</summary>
    public TraceHash Trace { get; } = new();

    /// <summary>The last entry that any state machine has ever applied.</summary>
    public ulong ExecutedUpTo { get; private set; }

    /// <summary>A state machine has applied entries up to this one.</summary>
    internal void Executed(ulong index) => ExecutedUpTo = Math.Max(ExecutedUpTo, index);

    /// <summary>A write goes into the loop under this origin.</summary>
    internal void Proposed(in Origin origin, WatchedOperation operation) =>
        origins.Add((origin.Instance.Value, origin.StartCount, origin.Number), operation);

    /// <summary>What was proposed under an origin; null when nobody did.</summary>
    internal StoreRequest? RequestOf(in Origin origin) =>
        origins.TryGetValue((origin.Instance.Value, origin.StartCount, origin.Number), out WatchedOperation? operation) ? operation.Request : null;

    /// <summary>A member learns that an entry is decided.</summary>
    internal void DecidedEntry(NodeId member, in Entry entry, ulong term)
    {
        if (entry.Index.Value > Raft.Decided.Last && entry.Kind == EntryKind.Configuration)
            TakeConfiguration(entry);
        if (entry.Index.Value > Raft.Decided.Last)
            DecidedUnder = CountedBy(entry.Index.Value);
        if (Raft.DecidedAt(member.Value, CheckerWords.Of(entry), term, DecidedUnder) && entry.Kind == EntryKind.Command)
            TakeCommand(entry);
    }

    /// <summary>A leader of a Raft group has counted entries committed, by that configuration.</summary>
    internal void Commits(ulong upTo, VoterSets inForce)
    {
        if (upTo > Raft.Decided.Last)
            commits.Enqueue((upTo, inForce));
    }

    private VoterSets CountedBy(ulong index)
    {
        while (commits.TryPeek(out (ulong UpTo, VoterSets Under) first) && first.UpTo < index)
            commits.Dequeue();
        CheckFailedException.Unless(commits.Count > 0, Promise.StateMachineSafety, $"entry {index} is decided, but no leader has counted it");
        return commits.Peek().Under;
    }

    private void TakeCommand(in Entry entry)
    {
        var origin = Origin.Read(entry.Payload.Span);
        CheckFailedException.Unless(
            origins.TryGetValue((origin.Instance.Value, origin.StartCount, origin.Number), out WatchedOperation? operation),
            Promise.Validity,
            $"entry {entry.Index} is decided, but nobody proposed it");
        Order.Decided(operation!, entry.Index.Value);
    }

    /// <summary>A member of a Multi-Paxos group leads; open slots may fall under both halves of a configuration.</summary>
    internal void LeadsBallot(NodeId member, UInt128 ballot, Configuration inForce)
    {
        Paxos.Leads(member.Value, ballot);
        VoterSets voters = CheckerWords.Of(inForce);
        Paxos.CheckPromised(member.Value, ballot, voters.Incoming, quorums.Phase1Of(voters.Incoming.Count));
        if (voters.Outgoing.Count > 0)
            Paxos.CheckPromised(member.Value, ballot, voters.Outgoing, quorums.Phase1Of(voters.Outgoing.Count));
    }

    /// <summary>
    /// Phase 1, at each open slot: whoever proposes in it has been promised by a quorum of the configuration that rules it, to the end of what each had accepted.
    /// Not asked where what decides the configuration has not been seen yet.
    /// </summary>
    internal void ProposesSlot(NodeId member, ulong slot, IReadOnlyList<WholePromise> promised)
    {
        ulong last = Paxos.Decided.Last;
        if (slot <= last || slot > last + window)
            return;
        (IReadOnlyList<Voter> voters, _) = Ruling(slot);
        List<Voter> have = [.. voters.Where(v => promised.Any(p => p.By.Id == v.Id && (v.Instance == 0 || v.Instance == p.By.Instance) && p.From <= slot))];
        CheckFailedException.Unless(
            have.Count(v => v.Instance != 0) >= quorums.Phase1Of(voters.Count) || have.Count == voters.Count,
            Promise.ElectionSafety,
            $"member {member} proposes in slot {slot}, and {have.Count} of the {voters.Count} voters that rule it have promised it to the end");
    }

    /// <summary>A member of a Multi-Paxos group learns that a slot is decided.</summary>
    internal void DecidedSlot(NodeId member, in Entry entry, ulong round)
    {
        ulong slot = entry.Index.Value;
        bool isNews = slot > Paxos.Decided.Last;
        (IReadOnlyList<Voter> voters, int quorum) = Ruling(slot);
        if (Paxos.DecidedAt(member.Value, CheckerWords.Of(entry), round, voters, quorum) && entry.Kind == EntryKind.Command)
            TakeCommand(entry);
        if (!isNews)
            return;
        if (entry.Kind == EntryKind.Configuration && Configuration.Read(entry.Payload.Span).Number == decidedConfiguration.Number + 1)
        {
            beforeDecided = Final(decidedConfiguration);
            TakeConfiguration(entry);
            effective.Add((slot, decidedConfiguration));
        }

        // In force once everything before its first slot is decided.
        if (decidedConfiguration.IsJoint && slot + 1 >= decidedConfiguration.From.Value)
            (beforeDecided, decidedConfiguration) = (Final(decidedConfiguration), Final(decidedConfiguration));
    }

    /// <summary>
    /// The newest configuration at a member of a Multi-Paxos group is the last that changed anything: one that was made of another than the newest changes
    /// nothing, and nothing takes back what is decided.
    /// </summary>
    internal void CheckNewest(NodeId member, in ConfigurationInForce newest)
    {
        int last = effective.Count - 1;
        while (effective[last].Slot > newest.Index.Value)
            last--;
        CheckFailedException.Unless(
            newest.Configuration.Number == effective[last].Configuration.Number
                && newest.Configuration.Members.SequenceEqual(effective[last].Configuration.Members),
            Promise.StateMachineSafety,
            $"at member {member} the configuration after slot {newest.Index} is {newest.Configuration}, but that of slot {effective[last].Slot}, the last to change it, is {effective[last].Configuration}");
    }

    /// <summary>Of a Multi-Paxos group: who decides a slot, the next one or the last, and how many of them it takes.</summary>
    internal (IReadOnlyList<Voter> Voters, int Quorum) Ruling(ulong slot)
    {
        Configuration ruling = decidedConfiguration.IsJoint && slot < decidedConfiguration.From.Value ? beforeDecided : decidedConfiguration;
        if (!ReferenceEquals(ruling, lastRuling))
            (lastRuling, lastVoters) = (ruling, [.. ruling.Voters.Select(CheckerWords.Of)]);
        return (lastVoters, quorums.Phase2Of(lastVoters.Length));
    }

    /// <summary>Whether a voter's disk is claimed to hold a decided entry.</summary>
    internal bool Holds(Voter voter, ulong index) => IsPaxos ? Paxos.Holds(voter, index) : Raft.Holds(voter, index);

    /// <summary>What a look at a member's disk will find.</summary>
    internal FoundDisk FoundDiskOf(NodeId member) => IsPaxos ? new FoundPaxosDisk(member, this) : new FoundRaftDisk(member, this);

    /// <summary>The window in a core.</summary>
    internal ObservedCore Observe(IConsensusCore core, NodeId member, Action<string> note) =>
        IsPaxos ? new ObservedPaxosCore(core, member, this, note) : new ObservedRaftCore(core, member, this, note);

    private static Configuration Final(Configuration configuration) =>
        configuration.From == LogIndex.Zero ? configuration : new Configuration(configuration.Members, [], number: configuration.Number);

    private void TakeConfiguration(in Entry entry)
    {
        decidedConfiguration = Configuration.Read(entry.Payload.Span);
    }
}

/// <summary>A promise that has come to its end.</summary>
/// <param name="By">Who gave it.</param>
/// <param name="From">The first slot that it speaks of.</param>
internal readonly record struct WholePromise(Voter By, ulong From);
