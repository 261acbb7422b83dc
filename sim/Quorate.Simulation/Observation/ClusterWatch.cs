using Quorate.Checkers;
using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// Everything that is checked across members while a run goes on. Owner: its world.
/// </summary>
public sealed class ClusterWatch
{
    private readonly Dictionary<(ulong Instance, uint Start, ulong Number), WatchedOperation> origins = [];
    private readonly VoterSets[] either = new VoterSets[2];
    private Configuration decidedConfiguration;
    private VoterSets decidedVoters;

    internal ClusterWatch(Configuration first, int keys)
    {
        decidedConfiguration = first;
        decidedVoters = CheckerWords.Of(first);
        Order = new LogOrderChecker(keys);
    }

    /// <summary>Terms, logs and disks.</summary>
    public RaftChecker Raft { get; } = new();

    /// <summary>Answers against log order.</summary>
    public LogOrderChecker Order { get; }

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

    /// <summary>Everything that changes a run's course, hashed.</summary>
    public TraceHash Trace { get; } = new();

    /// <summary>A write goes into the loop under this origin.</summary>
    internal void Proposed(in Origin origin, WatchedOperation operation) =>
        origins.Add((origin.Instance.Value, origin.StartCount, origin.Number), operation);

    /// <summary>A member learns that an entry is decided.</summary>
    internal void Decided(NodeId member, in Entry entry, ulong term, VoterSets inForce)
    {
        if (entry.Index.Value > Raft.Decided.Last && entry.Kind == EntryKind.Configuration)
            TakeConfiguration(entry);
        either[0] = inForce;
        either[1] = decidedVoters;
        if (!Raft.DecidedAt(member.Value, CheckerWords.Of(entry), term, either) || entry.Kind != EntryKind.Command)
            return;
        var origin = Origin.Read(entry.Payload.Span);
        CheckFailedException.Unless(
            origins.TryGetValue((origin.Instance.Value, origin.StartCount, origin.Number), out WatchedOperation? operation),
            Promise.Validity,
            $"entry {entry.Index} is decided, but nobody proposed it");
        Order.Decided(operation!, entry.Index.Value);
    }

    private void TakeConfiguration(in Entry entry)
    {
        decidedConfiguration = Configuration.Read(entry.Payload.Span);
        decidedVoters = CheckerWords.Of(decidedConfiguration);
    }
}
