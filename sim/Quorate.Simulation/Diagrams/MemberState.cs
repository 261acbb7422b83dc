namespace Quorate.Simulation.Diagrams;

/// <summary>An entry as diagrams draw it.</summary>
/// <param name="Term">Its term or ballot, as written.</param>
/// <param name="Content">What it holds; empty for a no-op.</param>
/// <param name="IsCommitted">It stands in brackets.</param>
/// <param name="IsDurable">It does not stand in parentheses.</param>
internal readonly record struct DrawnEntry(string Term, string Content, bool IsCommitted, bool IsDurable);

/// <summary>A member's line of a played scenario, taken apart.</summary>
internal sealed record MemberState(
    string Role, string Term, string Vote, string Leader, string Members, string Dropped, IReadOnlyList<DrawnEntry> Log)
{
    /// <summary>What a term is called: a ballot has the number of its proposer behind a dot.</summary>
    public static string TermName(string term) => term.Contains('.', StringComparison.Ordinal) ? "ballot" : "term";

    /// <summary>The process does not run.</summary>
    public bool IsDown => Role == "down";

    /// <summary>Reads <c>follower term=2 vote=1 leader=1  log=[1 1:x] 2</c>; of Paxos <c>ballot=1.2</c> without a vote; null when the words are no state.</summary>
    public static MemberState? Parse(string words)
    {
        int log = words.IndexOf("log=", StringComparison.Ordinal);
        if (log < 0)
            return null;
        string role = words[..words.IndexOf(' ', StringComparison.Ordinal)];
        string rest = words[(log + "log=".Length)..];
        int members = rest.IndexOf("  members=", StringComparison.Ordinal);
        string written = members < 0 ? rest : rest[..members];
        return new MemberState(
            role,
            Field(words, "term=") is { Length: > 0 } term ? term : Field(words, "ballot="),
            Field(words, "vote="),
            Field(words, "leader="),
            members < 0 ? "" : rest[(members + "  members=".Length)..],
            written.StartsWith('…') ? written.Split(' ')[0] : "",
            Entries(written));
    }

    /// <summary>In a few words, for people.</summary>
    public override string ToString() => IsDown ? "down" : $"{Role}, {TermName(Term)} {Term}{(Vote is "" or "-" ? "" : $", voted for {Vote}")}";

    private static string Field(string words, string name)
    {
        int at = words.IndexOf(name, StringComparison.Ordinal);
        return at < 0 ? "" : words[(at + name.Length)..].Split(' ')[0];
    }

    private static List<DrawnEntry> Entries(string written)
    {
        var entries = new List<DrawnEntry>();
        bool committed = written.Contains('[', StringComparison.Ordinal);
        foreach (string word in written.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(w => w != "-" && w[0] != '…'))
        {
            string bare = word.Trim('[', ']', '(', ')');
            int colon = bare.IndexOf(':', StringComparison.Ordinal);
            entries.Add(new DrawnEntry(
                colon < 0 ? bare : bare[..colon], colon < 0 ? "" : bare[(colon + 1)..], committed, !word.Contains('(', StringComparison.Ordinal)));
            committed &= !word.Contains(']', StringComparison.Ordinal);
        }

        return entries;
    }
}
