using Quorate.Checkers;
using Quorate.Consensus;
using Quorate.Replica;

namespace Quorate.Simulation;

/// <summary>
/// A cluster with its machines, network, clients and operator, on virtual time. Everything in it happens on one thread and follows from
/// one seed.
/// </summary>
public sealed class World
{
    internal const int MembersMax = 9;

    internal static readonly GroupId Group = new(0);

    private readonly List<Machine> members = [];
    private readonly List<Client> clients = [];
    private readonly Client burstClient;
    private readonly Configuration first;
    private readonly LeaderWatch leaders;
    private readonly ProgressWatch progress;
    private readonly RequestWatch requests;
    private readonly FormerLeaderProbe probe;
    private readonly SortedDictionary<ulong, long> removedSince = [];
    private readonly SortedSet<ulong> dismissed = [];
    private long lastValue;
    private long awaitedSince = long.MaxValue;

    /// <summary>A world that has not begun.</summary>
    public World(ulong seed, WorldOptions options, Recorder? recorder = null)
    {
        Seed = seed;
        Options = options;
        Recorder = recorder;
        Streams = new Streams(seed);
        first = new Configuration(
            Enumerable.Range(1, options.Size)
                .Select(i => new Consensus.Member(new NodeId((ulong)i), InstanceId.Open, MemberRole.Voter, ReadOnlyMemory<byte>.Empty)),
            []);
        Watch = new ClusterWatch(first, options.Keys, options.Engine, options.Replica.Core);
        Network = new SimulatedNetwork(Time, Streams, Watch.Trace)
        {
            DelayMinNanoseconds = options.DelayMinNanoseconds,
            DelayMaxNanoseconds = options.DelayMaxNanoseconds,
            AdmitsEverybody = options.AdmitsEverybody,
            Recorder = recorder,
        };
        Codec = new StoreCodec(options.ValueBytesMax);
        for (int i = 1; i <= options.Size; i++)
            members.Add(new Machine(this, new NodeId((ulong)i), first));
        for (int i = 0; i < options.Clients; i++)
            clients.Add(new Client(this, i));
        burstClient = new Client(this, Client.BurstNumber, asks: false);
        Operator = new Operator(this);
        Injector = new FaultInjector(this);
        Durability = new DurabilityWatch(this);
        leaders = new LeaderWatch(this);
        progress = new ProgressWatch(this);
        requests = new RequestWatch(this);
        probe = new FormerLeaderProbe(this);
    }

    /// <summary>Decides everything.</summary>
    public ulong Seed { get; }

    /// <summary>What the run looks like.</summary>
    public WorldOptions Options { get; }

    /// <summary>The time.</summary>
    public VirtualTime Time { get; } = new();

    /// <summary>The checkers.</summary>
    public ClusterWatch Watch { get; }

    /// <summary>The network.</summary>
    public SimulatedNetwork Network { get; }

    /// <summary>How often requests failed, and why.</summary>
    public Refusals Refusals { get; } = new();

    /// <summary>What hit whom.</summary>
    public FaultTable Faults => Injector.Table;

    /// <summary>Writes answered.</summary>
    public long WritesAnswered { get; private set; }

    /// <summary>When a write asked after <see cref="AwaitWrite"/> was first answered; -1 while none was.</summary>
    public long FirstWriteAnsweredAt { get; private set; } = -1;

    /// <summary>Whose turn it was last: to name it when something breaks.</summary>
    public NodeId Current { get; private set; }

    internal Recorder? Recorder { get; }

    internal Streams Streams { get; }

    internal StoreCodec Codec { get; }

    internal Operator Operator { get; }

    internal FaultInjector Injector { get; }

    internal DurabilityWatch Durability { get; }

    internal bool ClientsStopped { get; private set; }

    internal IReadOnlyList<Machine> Members => members;

    /// <summary>Members start, faults are planned.</summary>
    internal void Begin(IReadOnlyList<Fault> plan)
    {
        foreach (Machine member in members)
            member.StartAfter(member.Id.Value == 1 ? 0 : (long)(Streams.SeedOf(StreamKind.Process, 7 * (long)member.Id.Value) % Span.Second));
        Injector.Begin(plan);
        Durability.Begin();
        leaders.Begin();
        progress.Begin();
        requests.Begin();
    }

    /// <summary>From now on it is awaited that a write is answered.</summary>
    internal void AwaitWrite() => awaitedSince = Watch.Order.LastId;

    /// <summary>Clients ask nothing more.</summary>
    internal void StopClients() => ClientsStopped = true;

    internal void After(long nanoseconds, Action action) => Time.After(nanoseconds, new Deferred(action));

    internal void Enter(Machine member) => Current = member.Id;

    internal void Note(NodeId member, string text) => Recorder?.Note(Time.NowNanoseconds, member, text);

    internal void NoteRole(NodeId member, string text) => Recorder?.Role(Time.NowNanoseconds, member, text);

    internal void Noticed(Machine member, in Notice notice)
    {
        if (notice.Kind is NoticeKind.SnapshotReceiving)
            member.InSnapshot = true;
        else if (notice.Kind == NoticeKind.Recovered)
            member.Recovered();
        else if (notice.Kind is NoticeKind.SnapshotInstalled or NoticeKind.SnapshotNotReceived)
            member.InSnapshot = false;
        else if (notice.Kind == NoticeKind.StalledHandOver)
            leaders.HandsOver(member); // under load its disk fell behind
    }

    internal void WriteAnswered(WatchedOperation operation)
    {
        WritesAnswered++;
        if (FirstWriteAnsweredAt < 0 && operation.Id > awaitedSince)
            FirstWriteAnsweredAt = Time.NowNanoseconds;
        probe.WriteAnswered();
    }

    internal long NextValue() => ++lastValue;

    internal Machine? MemberAt(int number) => members[number % members.Count];

    internal Machine NewMember()
    {
        var member = new Machine(this, new NodeId((ulong)members.Count + 1), Configuration.Empty);
        members.Add(member);
        return member;
    }

    /// <summary>Who leads in the highest term, as far as it knows.</summary>
    internal Machine? Leader()
    {
        Machine? leader = null;
        foreach (Machine member in members)
        {
            if (member.Status is { Role: CoreRole.Leader } status && (leader is null || status.Epoch > leader.Status!.Value.Epoch))
                leader = member;
        }

        return leader;
    }

    /// <summary>A new instance says to all whom it reaches that it wants the old one's place.</summary>
    internal void AskToRejoin(Machine member)
    {
        foreach (Machine other in members)
        {
            if (other != member && member.IsRunning && other.IsRunning && !Network.LinkOf(member.Id, other.Id).Blocked)
                other.Process!.Driver.Post(Replica.ReplicaEvent.RejoinAsked(member.Id, member.LastInstance));
        }
    }

    internal Machine? AnyRunning(bool preferLeader)
    {
        if (preferLeader && Leader() is { } leader)
            return leader;
        int from = (int)(Time.Fired % members.Count);
        for (int i = 0; i < members.Count; i++)
        {
            Machine member = members[(from + i) % members.Count];
            if (member.IsRunning && Watch.DecidedConfiguration.Find(member.Id) is not null)
                return member;
        }

        return null;
    }

    internal Machine? FirstLost() => members.Find(m => m.State == MemberState.Lost);

    internal Machine? Find(NodeId id) => members.Find(m => m.Id == id);

    /// <summary>Past any late message, and long enough for all to have heard a leader.</summary>
    internal long SettledAfter => Math.Max(6 * Span.Second, (4 * Span.Second) + (2 * Options.ElectionNanoseconds));

    /// <summary>Whether nothing ails the link from the one to the other, nor has until just now.</summary>
    internal bool Hears(Machine from, Machine to)
    {
        Link link = Network.LinkOf(from.Id, to.Id);
        return link.IsSound && !HoldsBack(link);
    }

    /// <summary>Whether nothing ails any link between those that run.</summary>
    internal bool AllHear
    {
        get
        {
            List<Machine> running = [.. members.Where(m => m.IsRunning)];
            return running.TrueForAll(from => running.TrueForAll(to => from == to || Hears(from, to)));
        }
    }

    /// <summary>How many voters of so many decide.</summary>
    internal int DecidingOf(int voters) => Options.Replica.Core.Quorums.Phase2Of(voters);

    /// <summary>How many voters of so many must be whole: then they can elect, can decide, and hold what was decided. A majority, where both phases need one.</summary>
    internal int WholeOf(int voters) => Math.Max(Options.Replica.Core.Quorums.Phase1Of(voters), DecidingOf(voters));

    /// <summary>
    /// Whether the promise still holds when this disk is lost: the others that are whole are enough. It need not have been bound: while instances are
    /// open an election needs every voter, and so whoever holds what was acknowledged.
    /// </summary>
    internal bool CanLose(Machine victim)
    {
        Configuration decided = Watch.DecidedConfiguration;
        if (!Operator.IsIdle || decided.IsJoint || FirstLost() is not null)
            return false;
        int whole = decided.Voters.Count(v => v.Id != victim.Id && Find(v.Id) is { } other && IsWhole(other));
        return decided.Find(victim.Id) is not null && whole >= WholeOf(decided.Voters.Length);
    }

    /// <summary>Whether enough of the voters are whole when this one is none any more.</summary>
    internal bool SurvivesWithout(Machine leaving)
    {
        Configuration decided = Watch.DecidedConfiguration;
        if (decided.IsJoint)
            return false;
        List<Consensus.Member> left = [.. decided.Voters.Where(v => v.Id != leaving.Id)];
        return left.Count > 0 && left.Count(v => Find(v.Id) is { } other && IsWhole(other)) >= WholeOf(left.Count);
    }

    /// <summary>
    /// Members that are no longer in the configuration go on for a while, as they would, and are then switched off.
    /// </summary>
    internal void RetireRemoved()
    {
        foreach (Machine member in members)
        {
            bool removed = !Options.RemovedStay && member.State is MemberState.Up or MemberState.Down && member.WasMember
                && Watch.DecidedConfiguration.Find(member.Id) is null && !Watch.DecidedConfiguration.IsJoint;
            removed &= IsDismissed(member);
            member.WasMember |= Watch.DecidedConfiguration.Find(member.Id) is not null;
            if (!removed)
                removedSince.Remove(member.Id.Value);
            else if (!removedSince.TryAdd(member.Id.Value, Time.NowNanoseconds)
                && Time.NowNanoseconds - removedSince[member.Id.Value] > 15 * Span.Second)
                member.Retire();
        }
    }

    /// <summary>Whether a member that is out is needed no more.</summary>
    internal bool IsDismissed(Machine member) => !Watch.IsPaxos || dismissed.Contains(member.Id.Value);

    /// <summary>
    /// Its removal was answered: nobody needs it any more. In Paxos every second one is switched off in that moment, unless those that are out stay; and then,
    /// every second time, the power of all fails.
    /// </summary>
    internal void Dismiss(NodeId id)
    {
        if (!dismissed.Add(id.Value) || !Watch.IsPaxos || Find(id) is not { State: MemberState.Up or MemberState.Down } member)
            return;
        Prng chance = Streams.Of(StreamKind.Operator, (long)id.Value);
        if (!chance.Chance(1, 2))
            return;
        After(0, () =>
        {
            if (!Options.RemovedStay)
                member.Retire();
            if (Time.NowNanoseconds < Options.FaultNanoseconds && chance.Chance(1, 2))
                Injector.PowerLossAll(chance);
        });
    }

    internal bool Burst(Machine at, int requests)
    {
        if (at is not { IsRunning: true, Process.Callers: { } callers })
            return false;
        for (int i = 0; i < requests; i++)
            burstClient.Ask(new StoreRequest(StoreRequestKind.Put, i % Options.Keys, Value: NextValue()), callers);
        return true;
    }

    /// <summary>One request out of turn; nothing where that member does not run.</summary>
    internal void Ask(Machine at, in StoreRequest request)
    {
        if (at is { IsRunning: true, Process.Callers: { } callers })
            burstClient.Ask(request, callers);
    }

    internal void BurstReads(Machine at, int requests)
    {
        if (at is not { IsRunning: true, Process.Callers: { } callers })
            return;
        for (int i = 0; i < requests; i++)
            burstClient.Ask(new StoreRequest(StoreRequestKind.Get, i % Options.Keys), callers);
    }

    /// <summary>What the protocol is about just now, from where a member stands.</summary>
    internal string PhaseOf(Machine member)
    {
        if (member.Process is { Running: false })
            return "recovery";
        if (member.InSnapshot)
            return "snapshot";
        if (Leader() is null)
            return "election";
        return Watch.DecidedConfiguration.IsJoint || !Operator.IsIdle ? "change" : "replication";
    }

    /// <summary>Whether all members are up and nothing is left to be done.</summary>
    internal bool IsSettled
    {
        get
        {
            Configuration decided = Watch.DecidedConfiguration;
            return Operator.IsIdle && !decided.IsJoint && FirstLost() is null
                && decided.Members.All(m => Find(m.Id) is { IsRunning: true });
        }
    }

    /// <summary>Whether all members have applied everything that is decided.</summary>
    internal bool IsEqual => Watch.DecidedConfiguration.Members.All(
        m => Find(m.Id) is { IsRunning: true, Process: { } process } && process.Driver.Loop!.Status.Applied.Value >= Watch.Decided.Last);

    /// <summary>Requests that no member has ended yet.</summary>
    internal int OpenRequests => members.Sum(m => m is { IsRunning: true, IsPaused: false } ? m.Process!.Callers?.Open ?? 0 : 0);

    /// <summary>What operators have asked for and no member has ended yet, wherever a process is.</summary>
    internal int OpenErrands => members.Sum(m => m.Process?.Callers?.OpenErrands ?? 0);

    /// <summary>Where each member stands, in one line.</summary>
    internal string Describe() => $"decided {Watch.Decided.Last} under {Watch.DecidedConfiguration}; " + string.Join(
        "; ",
        members.Select(m => $"{m.Id} {m.State}" + (m.Status is { } s
            ? $" {s.Role} term {s.Epoch} leader {s.Leader} last {s.Last} commit {s.Commit} applied {m.Process!.Driver.Loop!.Status.Applied}"
            : m.Process is null ? "" : " starting")));

    /// <summary>All members are equal: so are their states.</summary>
    internal void CheckEnd()
    {
        Durability.Look();
        foreach (Consensus.Member named in Watch.DecidedConfiguration.Members)
        {
            KeyValue.KeyValueStore store = Find(named.Id)!.Process!.Machine.Store;
            Watch.States.Add(Watch.Decided.Last + 1, store.HistoryHash, named.Id.Value);
            CheckFailedException.Unless(
                store.Revision == Watch.Order.Store.Revision,
                Promise.StateMachineSafety,
                $"member {named.Id} ends at revision {store.Revision}, the log at {Watch.Order.Store.Revision}");
        }
    }

    /// <summary>Gives everything back.</summary>
    internal void End()
    {
        foreach (Machine member in members)
            member.Discard();
    }

    private static bool IsWhole(Machine member) =>
        member.State is MemberState.Up or MemberState.Down && !member.Damaged && !HasBadLog(member) && !member.World.Operator.Replaces(member);

    /// <summary>
    /// Whether the log may yet stop it: a start does not read its spare files, and what the device cannot read of one, it cannot read of the segment made of
    /// it; nor, after a power cut, what was written over that and not synced.
    /// </summary>
    private static bool HasBadLog(Machine member) => member.Image.DoubtfulPaths().Any(p => p.StartsWith("log/", StringComparison.Ordinal));

    /// <summary>Whether a late frame is on its way: all that is sent after it waits for it, though the link is well again.</summary>
    private bool HoldsBack(Link link) =>
        link.HeldUntil > Time.NowNanoseconds || link.LastAt > Time.NowNanoseconds + Network.DelayMaxNanoseconds;

    /// <summary>Something to do once.</summary>
    private sealed class Deferred(Action action) : IScheduled
    {
        public void Fire(long argument) => action();
    }
}
