using Quorate.Consensus;

namespace Quorate.Simulation.Scenarios;

/// <summary>What a scenario can do to its members, network, disks and time, by the first word of the command.</summary>
internal sealed class ScenarioCommands(ScenarioWorld world)
{
    private const long PatienceTicks = 3000;

    /// <summary>Carries one command out.</summary>
    public void Do(CommandReader command)
    {
        string verb = command.Word();
        if (!Prepare(verb, command))
        {
            world.EnsureStarted();
            if (!Ask(verb, command) && !MoveMessages(verb, command) && !ChangeNetwork(verb, command)
                && !ChangeProcess(verb, command) && !PassTime(verb, command) && !Show(verb))
            {
                throw command.Trouble("no such command");
            }
        }

        command.End();
    }

    private bool Prepare(string verb, CommandReader command)
    {
        switch (verb)
        {
            case "members":
                SetUp(command);
                return true;
            case "option":
                SetOption(command);
                return true;
            case "seed":
                if (world.Started)
                    throw command.Trouble("the seed comes before the members start");
                world.Seed = (ulong)command.Number();
                return true;
            case "disk":
                PrepareDisk(command);
                return true;
            case "start":
                world.EnsureStarted();
                return true;
            default:
                return false;
        }
    }

    private void SetUp(CommandReader command)
    {
        if (world.Members.Any())
            throw command.Trouble("the first members are named once");
        var first = new List<(NodeId Id, MemberRole Role)>();
        foreach (string word in command.Words())
        {
            MemberRole role = word[0] == '+' ? MemberRole.Learner : MemberRole.Voter;
            if (!ulong.TryParse(word.AsSpan(role == MemberRole.Learner ? 1 : 0), out ulong number) || number == 0)
                throw command.Trouble($"'{word}' is no member");
            if (first.Exists(m => m.Id.Value == number))
                throw command.Trouble($"member {number} is named twice");
            first.Add((new NodeId(number), role));
        }

        if (first.Count == 0)
            throw command.Trouble("no members are named");
        world.SetUp(first);
    }

    private void SetOption(CommandReader command)
    {
        if (world.Started)
            throw command.Trouble("options come before the members start");
        string name = command.Word();
        if (name == "same-draws")
        {
            world.SameDraws = OnOff(command);
            return;
        }

        world.Options = name switch
        {
            "pre-vote" => world.Options with { PreVote = OnOff(command) },
            "check-quorum" => world.Options with { CheckQuorum = OnOff(command) },
            "lease-reads" => world.Options with { LeaseReads = OnOff(command) },
            "catch-up" => world.Options with { CatchUpEntries = (int)command.Number() },
            "message-entries" => world.Options with { MessageEntriesMax = (int)command.Number() },
            "inflight-messages" => world.Options with { InflightMessagesMax = (int)command.Number() },
            "undecided-entries" => world.Options with { UndecidedEntriesMax = (int)command.Number() },
            "window" => world.Options with { ReconfigurationWindow = (int)command.Number() },
            "window-bytes" => world.Options with { WindowBytesMax = command.Number() },
            _ => throw command.Trouble($"no option '{name}'"),
        };
    }

    private static bool OnOff(CommandReader command) => command.Word() switch
    {
        "on" => true,
        "off" => false,
        var other => throw command.Trouble($"'{other}' is neither on nor off"),
    };

    /// <summary><c>disk 3 term 2 vote 1 log 1 1:x 2</c>: what a member's disk holds before it first starts.</summary>
    private void PrepareDisk(CommandReader command)
    {
        if (world.Started)
            throw command.Trouble("disks are prepared before the members start");
        ScenarioMember member = world.Member(command.Member());
        Term term = command.Take("term") ? new Term((ulong)command.Number()) : Term.Zero;
        NodeId vote = command.Take("vote") ? command.Member() : NodeId.None;
        string[] log = command.Take("log") ? command.Words() : [];
        member.Disk.Prepare(disk =>
        {
            disk.HardState = new HardState(term.Epoch, vote);
            for (int i = 0; i < log.Length; i++)
                disk.Entries.Add((ulong)i + 1, ScenarioText.ParseEntry(new LogIndex((ulong)i + 1), log[i]));
        });
    }

    private bool Ask(string verb, CommandReader command)
    {
        switch (verb)
        {
            case "campaign":
                world.Member(command.Member()).Input(core =>
                {
                    core.Campaign();
                    return true;
                });
                return true;
            case "propose":
                ScenarioMember proposer = world.Member(command.Member());
                Taken(proposer, proposer.Propose(command.Words()));
                return true;
            case "read":
                Read(world.Member(command.Member()), command.Word());
                return true;
            case "change":
                ScenarioMember changer = world.Member(command.Member());
                Change(changer, command);
                return true;
            case "transfer":
                ScenarioMember leader = world.Member(command.Member());
                NodeId target = command.AtEnd ? NodeId.None : command.Member();
                Taken(leader, leader.Input(core => core.Transfer(target)));
                return true;
            default:
                return false;
        }
    }

    private void Read(ScenarioMember member, string name)
    {
        ulong request = world.Requests.Open(name);
        Refusal refusal = member.Input(core => core.Read(request));
        if (refusal != Refusal.None)
            world.Requests.Refuse(request, refusal);
        Taken(member, refusal);
    }

    /// <summary><c>change 1 c1 add 4, remove 2</c>: the change is called c1. Kinds: add, learn (add as learner), promote, remove, replace.</summary>
    private void Change(ScenarioMember member, CommandReader command)
    {
        string name = command.Word();
        MemberChange[] steps = [.. command.Rest().Split(',', StringSplitOptions.TrimEntries).Select(s => Step(new CommandReader(s)))];
        ulong request = world.Requests.Open(name);
        Refusal refusal = member.Input(core => core.Change(new ConfigurationChange(request, steps)));
        if (refusal != Refusal.None)
            world.Requests.Refuse(request, refusal);
        Taken(member, refusal);
    }

    private MemberChange Step(CommandReader step)
    {
        string what = step.Word();
        NodeId id = step.Member();
        ScenarioMember member = world.Member(id);
        (ChangeKind kind, MemberRole role) = what switch
        {
            "add" => (ChangeKind.Add, MemberRole.Voter),
            "learn" => (ChangeKind.Add, MemberRole.Learner),
            "promote" => (ChangeKind.Promote, MemberRole.Voter),
            "remove" => (ChangeKind.Remove, MemberRole.Voter),
            "replace" => (ChangeKind.Replace, MemberRole.Learner),
            _ => throw step.Trouble($"no kind of change '{what}'"),
        };
        step.End();
        return new MemberChange(kind, new Member(id, member.Instance, role, ReadOnlyMemory<byte>.Empty));
    }

    private void Taken(ScenarioMember member, Refusal refusal)
    {
        world.Requests.LastRefusal = refusal;
        if (refusal != Refusal.None)
            world.Say($"{member.Id}  refuses: {refusal}");
    }

    private bool MoveMessages(string verb, CommandReader command)
    {
        switch (verb)
        {
            case "deliver":
                foreach (Flight flight in Meant(command))
                    world.Deliver(flight);
                return true;
            case "duplicate":
                foreach (Flight flight in Meant(command))
                    world.Deliver(flight, keep: true);
                return true;
            case "drop":
                foreach (Flight flight in Meant(command))
                    world.Lose(flight);
                return true;
            case "settle":
                world.Settle();
                return true;
            default:
                return false;
        }
    }

    /// <summary><c>[LINKS] [KIND] [#N]</c>: messages on these links, of that kind, of those the Nth.</summary>
    private Flight[] Meant(CommandReader command)
    {
        LinkPattern links = command.Links();
        string kind = command.AtEnd ? "" : command.Word();
        int nth = 0;
        if (kind.StartsWith('#'))
            (kind, nth) = ("", Nth(command, kind));
        else if (!command.AtEnd)
            nth = Nth(command, command.Word());
        Flight[] meant = world.Network.Matching(links, kind);
        if (meant.Length < Math.Max(nth, 1))
            throw command.Trouble("no such message is on its way");
        return nth == 0 ? meant : [meant[nth - 1]];
    }

    private static int Nth(CommandReader command, string word) =>
        word.StartsWith('#') && int.TryParse(word.AsSpan(1), out int nth) && nth > 0 ? nth : throw command.Trouble($"'{word}' is no number of a message, as #2 is");

    private bool ChangeNetwork(string verb, CommandReader command)
    {
        switch (verb)
        {
            case "cut":
                ForEachLink(command.Links(), world.Network.Cut);
                return true;
            case "isolate":
                NodeId alone = command.Member();
                ForEachLink(new LinkPattern(alone, NodeId.None), world.Network.Cut);
                ForEachLink(new LinkPattern(NodeId.None, alone), world.Network.Cut);
                return true;
            case "partition":
                Partition(command);
                return true;
            case "heal":
                world.Network.Heal();
                return true;
            case "hold":
                world.Network.Hold(command.Links());
                return true;
            case "release":
                world.Network.Release(command.Links());
                return true;
            default:
                return false;
        }
    }

    private void Partition(CommandReader command)
    {
        var sides = new List<NodeId[]>();
        while (!command.AtEnd)
            sides.Add(command.Set());
        foreach (NodeId[] side in sides)
        {
            foreach (NodeId from in side)
            {
                foreach (NodeId to in sides.Where(s => s != side).SelectMany(s => s))
                    world.Network.Cut(from, to);
            }
        }
    }

    private void ForEachLink(LinkPattern links, Action<NodeId, NodeId> act)
    {
        foreach (ScenarioMember from in world.Members)
        {
            foreach (ScenarioMember to in world.Members.Where(t => t != from && links.Covers(from.Id, t.Id)))
                act(from.Id, to.Id);
        }
    }

    private bool ChangeProcess(string verb, CommandReader command)
    {
        switch (verb)
        {
            case "kill":
                world.Member(command.Member()).Stop(power: false);
                return true;
            case "power-cut":
                world.Member(command.Member()).Stop(power: true);
                return true;
            case "restart":
                world.Member(command.Member()).Start();
                return true;
            case "wipe":
                world.Member(command.Member()).Wipe();
                return true;
            case "join":
                world.Join(command.Member());
                return true;
            case "pause":
                world.Member(command.Member()).Pause();
                return true;
            case "resume":
                world.Member(command.Member()).Resume();
                return true;
            case "stall":
                world.Member(command.Member()).Disk.Stalled = true;
                return true;
            case "durable":
                ScenarioMember syncs = world.Member(command.Member());
                syncs.Sync(command.AtEnd ? int.MaxValue : (int)command.Number());
                return true;
            case "unstall":
                ScenarioMember freed = world.Member(command.Member());
                freed.Disk.Stalled = false;
                freed.Sync(int.MaxValue);
                return true;
            case "disk-full" or "disk-room":
                world.Member(command.Member()).Input(core =>
                {
                    core.DiskHasRoom(verb == "disk-room");
                    return true;
                });
                return true;
            case "checkpoint":
                world.Member(command.Member()).WriteCheckpoint();
                return true;
            default:
                return false;
        }
    }

    /// <summary><c>tick N</c> lets time pass for all, <c>tick ID N</c> for one clock alone; <c>run N</c> moves messages meanwhile, <c>run until ID leads</c> as long as it takes.</summary>
    private bool PassTime(string verb, CommandReader command)
    {
        switch (verb)
        {
            case "tick" when command.AreNumbers:
                ScenarioWorld.RunClock(world.Member(command.Member()), command.Number());
                return true;
            case "tick":
                world.Run(command.Number(), settle: false);
                return true;
            case "run" when command.Take("until"):
                RunUntil(command);
                return true;
            case "run":
                world.Run(command.Number(), settle: true);
                return true;
            default:
                return false;
        }
    }

    private void RunUntil(CommandReader command)
    {
        bool anyone = command.Take("somebody");
        NodeId id = anyone ? NodeId.None : command.Member();
        if (!command.Take("leads"))
            throw command.Trouble("until who leads?");
        bool Leads() => world.Members.Any(
            m => m.IsAwake && m.Core!.Status.Role == CoreRole.Leader && (anyone || m.Id == id) && LeadsNewest(m));
        world.Run(PatienceTicks, settle: true, Leads);
        if (!Leads())
            throw command.Trouble($"not within {PatienceTicks} ticks");
    }

    private bool LeadsNewest(ScenarioMember member) =>
        world.Members.All(m => m.Core is null || m.Core.Status.Epoch <= member.Core!.Status.Epoch);

    private bool Show(string verb)
    {
        switch (verb)
        {
            case "state":
                foreach (ScenarioMember member in world.Members)
                    world.Say(member.Line());
                return true;
            case "flight":
                foreach (Flight flight in world.Network.Flights)
                    world.Say($"{flight.From} … {flight.To}  {flight.Text}");
                return true;
            default:
                return false;
        }
    }
}
