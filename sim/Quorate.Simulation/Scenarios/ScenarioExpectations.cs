using Quorate.Consensus;

namespace Quorate.Simulation.Scenarios;

/// <summary>
/// What must hold, in the scenario author's words: <c>1 must lead</c>. Unlike the lines under a command these are never rewritten.
/// </summary>
internal sealed class ScenarioExpectations(ScenarioWorld world)
{
    private const string Must = " must ";

    /// <summary>Whether a command is an expectation.</summary>
    public static bool IsOne(string command) => command.Contains(Must, StringComparison.Ordinal);

    /// <summary>Checks it.</summary>
    /// <exception cref="ScenarioFailedException">It does not hold.</exception>
    public void Check(string command)
    {
        world.EnsureStarted();
        int at = command.IndexOf(Must, StringComparison.Ordinal);
        var subject = new CommandReader(command[..at]);
        var predicate = new CommandReader(command[(at + Must.Length)..]);
        string found = Found(subject, predicate, out bool holds);
        predicate.End();
        if (!holds)
            throw new ScenarioFailedException($"'{command}', but {found}");
    }

    private string Found(CommandReader subject, CommandReader predicate, out bool holds)
    {
        if (subject.Take("nobody"))
            return OfNobody(predicate, out holds);
        if (subject.Take("read") || subject.Take("change"))
            return OfRequest(subject.Word(), predicate, out holds);
        if (subject.Take("the"))
            return OfAnswer(subject, predicate, out holds);
        LinkPattern links = subject.Links();
        if (links != default)
            return OfLink(links, predicate, out holds);
        ScenarioMember member = world.Member(subject.Member());
        subject.End();
        return OfMember(member, predicate, out holds);
    }

    /// <summary><c>nobody must lead</c>.</summary>
    private string OfNobody(CommandReader predicate, out bool holds)
    {
        if (!predicate.Take("lead"))
            throw predicate.Trouble("nobody must what?");
        ScenarioMember[] leaders = [.. world.Members.Where(m => m.Core?.Status.Role == CoreRole.Leader)];
        holds = leaders.Length == 0;
        return $"{string.Join(" and ", leaders.Select(l => l.Id))} lead";
    }

    /// <summary><c>read r must be waiting</c>, <c>served</c>, or refused by that name; <c>change c must be done</c>.</summary>
    private string OfRequest(string name, CommandReader predicate, out bool holds)
    {
        if (!predicate.Take("be"))
            throw predicate.Trouble("it must be what?");
        string outcome = world.Requests.OutcomeOf(name);
        holds = outcome == predicate.Word();
        return $"it is {outcome}";
    }

    /// <summary><c>the answer must be NotLeader</c>; <c>None</c> when it was taken.</summary>
    private string OfAnswer(CommandReader subject, CommandReader predicate, out bool holds)
    {
        if (!subject.Take("answer") || !predicate.Take("be"))
            throw subject.Trouble("the answer must be what?");
        holds = world.Requests.LastRefusal.ToString() == predicate.Word();
        return $"it was {world.Requests.LastRefusal}";
    }

    /// <summary><c>1-&gt;2 must carry AppendEntries term=2</c>: some message on its way begins so; or <c>nothing</c>.</summary>
    private string OfLink(LinkPattern links, CommandReader predicate, out bool holds)
    {
        bool not = predicate.Take("not");
        if (!predicate.Take("carry"))
            throw predicate.Trouble("a link must carry what?");
        string wanted = predicate.Rest();
        Flight[] carried = world.Network.Matching(links, "");
        bool any = carried.Any(f => ContainsWords(f.Text, wanted));
        holds = wanted == "nothing" ? carried.Length == 0 : any != not;
        return $"it carries {(carried.Length == 0 ? "nothing" : string.Join("; ", carried.Select(f => f.Text)))}";
    }

    /// <summary>Whether the message is of that kind and says all that is wanted of it, in any order.</summary>
    private static bool ContainsWords(string text, string wanted)
    {
        string[] words = text.Split(' ');
        string[] asked = wanted.Split(' ');
        return words[0] == asked[0] && asked.All(words.Contains);
    }

    private static string OfMember(ScenarioMember member, CommandReader predicate, out bool holds)
    {
        if (predicate.Take("not"))
        {
            string found = OfMember(member, predicate, out bool otherwise);
            holds = !otherwise;
            return found;
        }

        if (member.Core is not { } core)
            throw predicate.Trouble($"member {member.Id} is down");
        if (predicate.Take("have"))
            return OfProperty(member, core, predicate, out holds);
        CoreStatus status = core.Status;
        if (predicate.Take("lead"))
        {
            holds = status.Role == CoreRole.Leader;
            return member.Line();
        }

        if (predicate.Take("follow"))
        {
            NodeId leader = predicate.Take("nobody") ? NodeId.None : predicate.Member();
            holds = status.Role == CoreRole.Follower && status.Leader == leader;
            return member.Line();
        }

        if (!predicate.Take("be"))
            throw predicate.Trouble("a member must lead, follow, be or have something");
        string role = predicate.Word();
        holds = role == (status.IsLearner ? "learner" : ScenarioText.Role(status.Role));
        return member.Line();
    }

    private static string OfProperty(ScenarioMember member, IConsensusCore core, CommandReader predicate, out bool holds)
    {
        string property = predicate.Word();
        string wanted = predicate.Rest();
        HardState hard = member.Disk.Durable.HardState;
        string found = property switch
        {
            "term" or "ballot" => $"{core.Status.Epoch}",
            "vote" => ScenarioText.OrDash(hard.Epoch == core.Status.Epoch ? hard.VotedFor : NodeId.None),
            "log" => ScenarioText.PlainLog(member.Disk.Written),
            "last" => $"{core.Status.Last}",
            "commit" => $"{core.Status.Commit}",
            "durable" => $"{core.Status.Durable}",
            "members" => core.Configuration.ToString(),
            _ => throw predicate.Trouble($"no property '{property}'"),
        };
        holds = found == wanted;
        return $"it is {found}";
    }
}
