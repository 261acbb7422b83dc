using System.Text;
using Quorate.Consensus;
using Quorate.Replica;

namespace Quorate.Hosting;

/// <summary>What a node is started with.</summary>
public sealed record NodeOptions
{
    /// <summary>This member.</summary>
    public required NodeId Self { get; init; }

    /// <summary>The cluster; peers of another are refused.</summary>
    public required ulong ClusterId { get; init; }

    /// <summary>Its data directory: made when it is not there, locked while the node runs.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>
    /// The first configuration, equal on all first members; <see cref="Configuration.Empty"/> for one that joins a running cluster. Read only when
    /// the directory is new, and kept there.
    /// </summary>
    public required Configuration FirstConfiguration { get; init; }

    /// <summary>
    /// A new instance of a member whose disk was lost has <see cref="Configuration.Empty"/> as its first configuration, and asks these members to be
    /// taken back: it takes the old instance's place as a learner. Read only as long as no configuration is known.
    /// </summary>
    public Configuration RejoinThrough { get; init; } = Configuration.Empty;

    /// <summary>Where peers reach this member, <c>ip:port</c>; port 0 takes any.</summary>
    public required string PeerListen { get; init; }

    /// <summary>Where another member is reached, <c>host:port</c>, read out of <see cref="Member.Context"/>; null when it says nothing.</summary>
    public Func<Member, string?> PeerAddress { get; init; } = static member =>
        member.Context.IsEmpty ? null : Encoding.UTF8.GetString(member.Context.Span);

    /// <summary>The member's name, for people; kept in the directory.</summary>
    public string Name { get; init; } = "";

    /// <summary>Milliseconds between a leader's heartbeats; a tick is a tenth of it. 10 and up.</summary>
    public int HeartbeatMilliseconds { get; init; } = 100;

    /// <summary>Milliseconds without a leader before a follower campaigns, one to two times. At least 5 heartbeats.</summary>
    public int ElectionMilliseconds { get; init; } = 1000;

    /// <summary>How long a caller waits at most, in milliseconds; two election timeouts come on top.</summary>
    public int RequestMilliseconds { get; init; } = 5000;

    /// <summary>
    /// The replica's bounds and the engine's. What is counted in ticks there and follows from milliseconds here is set from here. Sizes of quorums
    /// (<see cref="CoreOptions.Quorums"/>) are chosen at a cluster's first start, alike on all members: any two must meet, and Raft knows majorities alone.
    /// </summary>
    public ReplicaOptions Replica { get; init; } = new();

    /// <summary>Bytes of a log segment.</summary>
    public int SegmentBytes { get; init; } = 64 << 20;

    /// <summary>How many callers may wait at once, for writes and for reads each; past it they are refused at once.</summary>
    public int OpenRequestsMax { get; init; } = 1 << 17;

    /// <summary>Bytes of one command at most; the log sets a bound of its own, some KiB below 8 MiB and half a segment.</summary>
    public int CommandBytesMax { get; init; } = 4 << 20;

    /// <summary>Is told how long the disk takes.</summary>
    public INodeObserver Observer { get; init; } = NoObserver.Instance;

    /// <summary>Nanoseconds of a tick.</summary>
    internal long TickNanoseconds => HeartbeatMilliseconds * 100_000L;

    /// <summary><see cref="Replica"/> with the ticks that follow from milliseconds.</summary>
    internal ReplicaOptions ReplicaInTicks()
    {
        int electionTicks = Ticks(ElectionMilliseconds);
        return Replica with
        {
            Core = Replica.Core with { HeartbeatTicks = 10, ElectionTicks = electionTicks },
            RequestTicks = Ticks(RequestMilliseconds) + (2 * electionTicks),
            ReadRetryTicks = Math.Max(electionTicks / 2, 1),
            OpenProposalsMax = OpenRequestsMax,
            OpenReadsMax = OpenRequestsMax,
        };
    }

    /// <summary>What the cluster runs by these.</summary>
    internal ChosenProtocol Protocol(IConsensusEngine engine) =>
        new(engine.Name, Replica.Core.Quorums, Replica.Core.LeaseReads ? ElectionMilliseconds : 0);

    /// <summary>Checks what can be checked at once.</summary>
    /// <param name="engine">What is to run.</param>
    /// <exception cref="NodeStartException">An option makes no sense.</exception>
    internal void Check(IConsensusEngine engine)
    {
        if (Self.IsNone)
            throw new NodeStartException("a member's id is not 0");
        if (FirstConfiguration.Voters.Length > engine.VotersMax)
            throw new NodeStartException(
                $"a first configuration of {FirstConfiguration.Voters.Length} voters: {engine.Name} can count {engine.VotersMax}");
        CheckQuorums(engine);
        if (HeartbeatMilliseconds < 10)
            throw new NodeStartException($"a heartbeat of {HeartbeatMilliseconds} ms is below 10 ms");
        if (ElectionMilliseconds < 5L * HeartbeatMilliseconds)
            throw new NodeStartException(
                $"an election timeout of {ElectionMilliseconds} ms is below 5 heartbeats of {HeartbeatMilliseconds} ms");
        if (Replica.Core is { LeaseReads: true, CheckQuorum: false })
            throw new NodeStartException("leases rest on members that leave no live leader: lease reads need the quorum check");
        if (Replica.Core.ClockDriftPerMille is < 0 or > 999)
            throw new NodeStartException($"clocks that drift apart by {Replica.Core.ClockDriftPerMille} thousandths: 0 to 999");
        if (Replica.Core.ReconfigurationWindow != CoreOptions.ReconfigurationWindowDefault)
            throw new NodeStartException(
                $"a reconfiguration window of {Replica.Core.ReconfigurationWindow} slots: every member has {CoreOptions.ReconfigurationWindowDefault}");
        if (OpenRequestsMax < 1)
            throw new NodeStartException("at least one caller must be able to wait");
    }

    private void CheckQuorums(IConsensusEngine engine)
    {
        QuorumSizes quorums = Replica.Core.Quorums;
        if (quorums.IsMajority)
            return;
        if (!engine.ChoosesQuorums)
            throw new NodeStartException($"{quorums}: {engine.Name} knows majorities alone");
        // A directory that has an identity has its first configuration too, and what is said of one now is not read.
        if (FirstConfiguration.Voters.IsEmpty || ChosenProtocol.RecordedIn(DataDirectory) is not null)
            return;
        try
        {
            quorums.ExpectFor(FirstConfiguration.Voters.Length);
        }
        catch (QuorumSizesException wrong)
        {
            throw new NodeStartException(wrong.Message, wrong);
        }
    }

    // Rounded up: members of other ticks may count on this one to wait as long.
    private int Ticks(int milliseconds) => (int)Math.Max(1, ((milliseconds * 1_000_000L) + TickNanoseconds - 1) / TickNanoseconds);
}
