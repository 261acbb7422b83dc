using Quorate.Consensus;

namespace Quorate.Simulation.Scenarios;

/// <summary>Members, network and time of one scenario, on one thread. Nothing moves but by a command.</summary>
internal sealed class ScenarioWorld(IConsensusEngine engine)
{
    private const int StepsMax = 100_000;

    private readonly SortedList<ulong, ScenarioMember> members = [];
    private readonly List<string> said = [];
    private readonly SortedDictionary<ulong, string> quietStates = [];
    private bool quiet;

    public IConsensusEngine Engine => engine;

    public CoreOptions Options { get; set; } = new();

    public ulong Seed { get; set; } = 1;

    /// <summary>All members draw the same numbers, so that equal timers fire together: what chance is there to prevent.</summary>
    public bool SameDraws { get; set; }

    public Tick Now { get; private set; }

    public Configuration FirstConfiguration { get; private set; } = Configuration.Empty;

    public ScenarioNetwork Network { get; } = new();

    public ScenarioRequests Requests { get; } = new();

    public ScenarioSafety Safety { get; } = new(engine);

    public IEnumerable<ScenarioMember> Members => members.Values;

    /// <summary>Between commands: whether members have been started.</summary>
    public bool Started { get; private set; }

    public ScenarioMember Member(NodeId id) =>
        members.TryGetValue(id.Value, out ScenarioMember? member) ? member : throw new ScenarioFailedException($"there is no member {id}");

    /// <summary>Makes the members of the first configuration, their instances bound.</summary>
    public void SetUp(IEnumerable<(NodeId Id, MemberRole Role)> first)
    {
        var configured = new List<Member>();
        foreach ((NodeId id, MemberRole role) in first)
        {
            var member = new ScenarioMember(id, this);
            members.Add(id.Value, member);
            configured.Add(new Member(id, member.Instance, role, ReadOnlyMemory<byte>.Empty));
        }

        FirstConfiguration = new Configuration(configured, []);
        foreach (ScenarioMember member in Members)
            member.Disk.Prepare(disk => disk.Checkpoint = SnapshotInfo.Initial(FirstConfiguration));
    }

    /// <summary>Starts all members, once.</summary>
    public void EnsureStarted()
    {
        if (Started)
            return;
        Started = true;
        foreach (ScenarioMember member in Members)
            member.Start();
    }

    /// <summary>A new member with an empty disk, which waits to be added.</summary>
    public void Join(NodeId id)
    {
        if (members.ContainsKey(id.Value))
            throw new ScenarioFailedException($"member {id} exists");
        var member = new ScenarioMember(id, this);
        members.Add(id.Value, member);
        member.Start();
    }

    public void Say(string line)
    {
        if (!quiet)
            said.Add(line);
    }

    /// <summary>While quiet only the last state of each member is kept.</summary>
    public void SayState(NodeId id, string line)
    {
        if (quiet)
            quietStates[id.Value] = line;
        else
            said.Add(line);
    }

    /// <summary>What the command under way has said so far.</summary>
    public List<string> Said => [.. said];

    /// <summary>Runs a command and returns what it said.</summary>
    public List<string> Gather(bool quietly, Action command)
    {
        said.Clear();
        quietStates.Clear();
        quiet = quietly;
        command();
        quiet = false;
        said.AddRange(quietStates.Values);
        Safety.MatchLogs(Members);
        return [.. said];
    }

    public void Send(Flight flight)
    {
        Say($"{flight.From} → {flight.To}  {flight.Text}");
        Network.Send(flight);
    }

    /// <summary>Brings one message to its end: it arrives, or is lost where the link is cut or nobody listens.</summary>
    public void Deliver(Flight flight, bool keep = false)
    {
        if (!keep)
            Network.Remove(flight);
        bool known = members.TryGetValue(flight.To.Value, out ScenarioMember? to);
        if (!known || Network.IsCut(flight.From, flight.To) || to!.Core is null)
        {
            Lose(flight);
            return;
        }

        Say($"{flight.From} ⇒ {flight.To}  {flight.Text}");
        to.Receive(flight);
        TellSender(flight, delivered: true);
    }

    public void Lose(Flight flight)
    {
        Network.Remove(flight);
        Say($"{flight.From} ⇏ {flight.To}  {flight.Text}");
        TellSender(flight, delivered: false);
    }

    /// <summary>Delivers until nothing moves.</summary>
    public void Settle()
    {
        for (int steps = 0; NextDeliverable() is { } flight; steps++)
        {
            if (steps == StepsMax)
                throw new ScenarioFailedException("the members never stop talking");
            Deliver(flight);
        }
    }

    /// <summary>Time passes for everyone; wakes come in the order of time, then of ids.</summary>
    /// <param name="ticks">How much.</param>
    /// <param name="settle">Whether messages move too.</param>
    /// <param name="until">Stops early once this holds.</param>
    public void Run(long ticks, bool settle, Func<bool>? until = null)
    {
        Tick end = Now + ticks;
        for (int steps = 0; ; steps++)
        {
            if (steps == StepsMax)
                throw new ScenarioFailedException("a member wants to be woken without end");
            if (settle)
                Settle();
            if (until is not null && until())
                return;
            if (NextWake() is not { } next || WakeOf(next) > end)
                break;
            Now = WakeOf(next) > Now ? WakeOf(next) : Now;
            next.GiveTime();
            if (next.Core!.NextWake <= next.Now)
                throw new ScenarioFailedException($"member {next.Id} has the time and asks for it again");
        }

        Now = end;
    }

    /// <summary>One member's clock runs ahead by so much; only it is woken.</summary>
    public static void RunClock(ScenarioMember member, long ticks)
    {
        long end = member.ClockAhead + ticks;
        while (member.Core!.NextWake - member.Now is var wait && member.ClockAhead + wait <= end)
        {
            member.ClockAhead += Math.Max(wait, 0);
            member.GiveTime();
        }

        member.ClockAhead = end;
    }

    private Flight? NextDeliverable()
    {
        Flight? next = Network.NextFree(f => !members.TryGetValue(f.To.Value, out ScenarioMember? to) || !to.IsPaused);
        return next;
    }

    private ScenarioMember? NextWake() =>
        Members.Where(m => m.IsAwake && m.Core!.NextWake != Tick.Never).MinBy(m => (WakeOf(m).Value, m.Id.Value));

    /// <summary>When, on the world's clock.</summary>
    private static Tick WakeOf(ScenarioMember member) => member.Core!.NextWake + -member.ClockAhead;

    private void TellSender(Flight flight, bool delivered)
    {
        if (flight.Snapshot is not { } snapshot || !Member(flight.From).IsAwake)
            return;
        Member(flight.From).Input(core =>
        {
            core.SnapshotSent(flight.To, snapshot.Index, delivered);
            return true;
        });
    }
}
