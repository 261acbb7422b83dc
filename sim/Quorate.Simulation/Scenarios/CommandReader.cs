using Quorate.Consensus;

namespace Quorate.Simulation.Scenarios;

/// <summary>Takes a command apart, word by word.</summary>
internal sealed class CommandReader(string text)
{
    private readonly string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    private int at;

    public bool AtEnd => at == words.Length;

    public string Text => text;

    public string Word() => AtEnd ? throw Trouble("something is missing at the end") : words[at++];

    /// <summary>The next word if it is <paramref name="word"/>.</summary>
    public bool Take(string word)
    {
        if (AtEnd || words[at] != word)
            return false;
        at++;
        return true;
    }

    /// <summary>All words that are left, as one text.</summary>
    public string Rest()
    {
        string rest = string.Join(' ', words[at..]);
        at = words.Length;
        return rest;
    }

    public string[] Words()
    {
        string[] rest = words[at..];
        at = words.Length;
        return rest;
    }

    public long Number() => long.TryParse(Word(), out long number) ? number : throw Trouble($"'{words[at - 1]}' is no number");

    public bool IsNumber => !AtEnd && long.TryParse(words[at], out _);

    /// <summary>At least two numbers are left: a member, then a count.</summary>
    public bool AreNumbers => IsNumber && at + 1 < words.Length && long.TryParse(words[at + 1], out _);

    public NodeId Member() => MemberOf(Word());

    /// <summary><c>1-&gt;2</c>, <c>*-&gt;2</c>, <c>1-&gt;*</c>; every link when the next word is none.</summary>
    public LinkPattern Links()
    {
        if (AtEnd || !words[at].Contains("->", StringComparison.Ordinal))
            return default;
        string[] ends = Word().Split("->");
        return new LinkPattern(EndOf(ends[0]), EndOf(ends[1]));
    }

    /// <summary>Members in braces: <c>{1 2}</c>.</summary>
    public NodeId[] Set()
    {
        string first = Word();
        if (first[0] != '{')
            throw Trouble($"'{first}' is no set of members");
        var set = new List<NodeId>();
        for (string word = first[1..]; ; word = Word())
        {
            set.Add(MemberOf(word.TrimEnd('}')));
            if (word.EndsWith('}'))
                return [.. set];
        }
    }

    /// <summary>Nothing may follow.</summary>
    public void End()
    {
        if (!AtEnd)
            throw Trouble($"'{words[at]}' is too much");
    }

    public ScenarioFailedException Trouble(string trouble) => new($"'{text}': {trouble}");

    private NodeId EndOf(string word) => word == "*" ? NodeId.None : MemberOf(word);

    private NodeId MemberOf(string word) =>
        ulong.TryParse(word, out ulong id) && id > 0 ? new NodeId(id) : throw Trouble($"'{word}' is no member");
}
