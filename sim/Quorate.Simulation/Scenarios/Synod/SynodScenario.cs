using Quorate.Consensus;
using Quorate.Paxos.Synod;

namespace Quorate.Simulation.Scenarios;

/// <summary>
/// Plays a scenario of one decision. Its commands: <c>members</c>, <c>option backoff LEAST SPREAD DOUBLINGS</c>, <c>option accept-ticks N</c>,
/// <c>propose MEMBER VALUE</c>, <c>wait TICKS</c>, <c>down</c> and <c>up MEMBER</c>, <c>MEMBER must know VALUE</c>, <c>nobody must know anything</c>.
/// A message takes a tick. Every member is acceptor, proposer and learner; disks are quick.
/// </summary>
internal sealed class SynodScenario
{
    private readonly SortedDictionary<NodeId, SynodMember?> members = [];
    private readonly SortedDictionary<NodeId, SynodState> disks = [];
    private readonly List<Flight> flights = [];
    private readonly SortedDictionary<NodeId, string> shown = [];
    private List<string> output = [];
    private Backoff backoff = new(LeastTicks: 2, SpreadTicks: 10, Doublings: 5);
    private int acceptTicks = 1;
    private int starts;
    private Tick now;

    /// <summary>Plays it.</summary>
    /// <exception cref="ScenarioFailedException">An expectation does not hold, or a command is malformed.</exception>
    public static ScenarioFile Play(ScenarioFile scenario)
    {
        var played = new SynodScenario();
        var outputs = new List<IReadOnlyList<string>>();
        foreach (ScenarioStep step in scenario.Steps)
        {
            played.output = [];
            try
            {
                played.Do(new CommandReader(step.Text));
            }
            catch (Exception failure) when (failure is ScenarioFailedException or InvariantBrokenException)
            {
                throw new ScenarioFailedException($"{scenario.Name}, line {step.Line}: {failure.Message}");
            }

            outputs.Add(played.output);
        }

        return scenario.With(outputs);
    }

    private void Do(CommandReader command)
    {
        if (command.Text.Contains(" must ", StringComparison.Ordinal))
        {
            Expect(command);
            return;
        }

        switch (command.Word())
        {
            case "option":
                SetOption(command);
                break;
            case "members":
                if (disks.Count > 0)
                    throw command.Trouble("the members are named once");
                do
                {
                    if (!disks.TryAdd(command.Member(), SynodState.Empty))
                        throw command.Trouble("a member is named twice");
                }
                while (!command.AtEnd);
                foreach (NodeId id in disks.Keys.ToArray())
                    Start(id);
                break;
            case "propose":
                NodeId proposer = Known(command);
                Value value = Value.Of(command.Rest());
                Input(proposer, m => m.Propose(value));
                break;
            case "wait":
                for (long left = command.Number(); left > 0; left--)
                    PassTick();
                break;
            case "down":
                NodeId stopped = Known(command);
                members[stopped] = null;
                Show(stopped);
                break;
            case "up":
                Start(Known(command));
                break;
            case var word:
                throw command.Trouble($"there is no command '{word}'");
        }

        command.End();
    }

    private NodeId Known(CommandReader command) =>
        command.Member() is var id && disks.ContainsKey(id) ? id : throw command.Trouble($"there is no member {id}");

    private void SetOption(CommandReader command)
    {
        switch (command.Word())
        {
            case "backoff":
                backoff = new Backoff((int)command.Number(), (int)command.Number(), (int)command.Number());
                break;
            case "accept-ticks":
                acceptTicks = (int)command.Number();
                break;
            case var word:
                throw command.Trouble($"there is no option '{word}'");
        }
    }

    private void Expect(CommandReader command)
    {
        if (command.Take("nobody"))
        {
            foreach ((NodeId id, SynodMember? member) in members)
                ExpectDecision(id, member, null);
            return;
        }

        NodeId who = Known(command);
        if (!command.Take("must") || !command.Take("know"))
            throw command.Trouble("a member must know a value");
        ExpectDecision(who, members[who], Value.Of(command.Rest()));
    }

    private static void ExpectDecision(NodeId id, SynodMember? member, Value? expected)
    {
        if (member?.Decision != expected)
            throw new ScenarioFailedException($"{id} knows {member?.Decision?.ToString() ?? "nothing"}, not {expected?.ToString() ?? "nothing"}");
    }

    private void Start(NodeId id)
    {
        var options = new SynodOptions { Self = id, Acceptors = [.. disks.Keys], Learners = [.. disks.Keys], Backoff = backoff };
        members[id] = new SynodMember(options, disks[id], new Prng((ulong)++starts));
        Input(id, m => m.Advance(now));
    }

    private void PassTick()
    {
        now += 1;
        foreach (NodeId id in disks.Keys.ToArray())
        {
            if (members[id] is not null)
                Input(id, m => m.Advance(now));
        }

        for (int i = 0; i < flights.Count; i++)
        {
            Flight flight = flights[i];
            if (flight.Due > now)
                continue;
            flights.RemoveAt(i--);
            bool arrives = members[flight.To] is not null;
            output.Add($"{flight.From} {(arrives ? '⇒' : '⇏')} {flight.To}  {flight.Message}");
            if (arrives)
                Input(flight.To, m => m.Receive(flight.From, flight.Message));
        }
    }

    private void Input(NodeId id, Action<SynodMember> input)
    {
        SynodMember member = members[id] ?? throw new ScenarioFailedException($"{id} is down");
        input(member);
        while (!member.Output.IsEmpty)
        {
            SynodWrite[] writes = [.. member.Output.Writes];
            SynodSend[] sends = [.. member.Output.Messages];
            member.Output.Clear();
            if (writes.Length > 0)
                disks[id] = writes[^1].State;
            Show(id);
            foreach (SynodSend send in sends)
            {
                flights.Add(new Flight(now + (send.Message is Accept ? acceptTicks : 1), id, send.To, send.Message));
                output.Add($"{id} → {send.To}  {send.Message}");
            }

            if (writes.Length > 0)
                member.Durable(writes[^1].Number);
        }

        Show(id);
    }

    /// <summary>A member's line when it has changed: the ballot promised as its term, its vote as the one entry of a log.</summary>
    private void Show(NodeId id)
    {
        string vote = disks[id].Accepted is { } accepted ? $"{accepted}" : "-";
        string line = members[id] is { } member
            ? $"{id}  {RoleOf(member.Phase)} term={member.State.Promised} vote=- leader=-  log={(member.Decision is { } decided ? $"[{(vote == "-" ? $"0:{decided}" : vote)}]" : vote)}"
            : $"{id}  down term={disks[id].Promised} vote=- leader=-  log={vote}";
        if (shown.GetValueOrDefault(id) == line)
            return;
        shown[id] = line;
        output.Add(line);
    }

    private static string RoleOf(ProposerPhase phase) => phase switch
    {
        ProposerPhase.Idle => "acceptor",
        ProposerPhase.Preparing => "preparing",
        ProposerPhase.Proposing => "proposing",
    };

    private sealed record Flight(Tick Due, NodeId From, NodeId To, SynodMessage Message);
}
