using System.Text;

namespace Quorate.Simulation.Diagrams;

/// <summary>Draws a space-time diagram: members as lines down the page, messages as arrows, terms as colours, logs as boxes.</summary>
internal sealed class SpaceTimeSvg
{
    public const int RowHeight = 38;
    public const int Top = 64;
    private const int Box = 15;
    private const int BoxesMax = 13;
    private const int LettersMax = 4;

    private readonly SpaceTime diagram;
    private readonly StringBuilder svg = new();
    private readonly LabelPlaces places = new();
    private readonly int gutter;
    private readonly int columnWidth;

    private SpaceTimeSvg(SpaceTime diagram)
    {
        this.diagram = diagram;
        int widest = diagram.Changes.Select(c => c.State is { } state ? Drawn(state).Sum(e => WidthOf(Short(e))) : 0).DefaultIfEmpty(0).Max();
        columnWidth = Math.Max(150, widest + 56);
        gutter = 28 + (7 * Math.Min(34, diagram.Commands.Where(Shown).Select(c => c.Text.Length).DefaultIfEmpty(0).Max()));
    }

    /// <summary>The drawing.</summary>
    /// <param name="diagram">What to draw.</param>
    /// <param name="css">Its look; stands in the drawing, so that it needs nothing else.</param>
    public static string Draw(SpaceTime diagram, string css)
    {
        var drawing = new SpaceTimeSvg(diagram);
        drawing.DrawAll(css);
        return drawing.svg.ToString();
    }

    /// <summary>A text made safe for markup.</summary>
    public static string Safe(string text) =>
        text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;").Replace("\"", "&quot;");

    private int Width => Math.Max(
        gutter + (columnWidth * diagram.Members.Count),
        diagram.Changes.Where(c => c.State is null).Select(c => X(c.Member) + 8 + LabelPlaces.WidthOf(c.Note)).DefaultIfEmpty(0).Max()) + 24;

    private int Height => Y(diagram.Rows) + 56;

    private static int Y(int row) => Top + (row * RowHeight);

    private int X(string member) => gutter + 24 + (IndexOf(member) * columnWidth);

    private int IndexOf(string member)
    {
        for (int i = 0; i < diagram.Members.Count; i++)
        {
            if (diagram.Members[i] == member)
                return i;
        }

        throw new ArgumentException($"no member {member}", nameof(member));
    }

    private static bool Shown(DrawnCommand command) =>
        !command.IsExpectation && command.Row > 0 && !command.Text.StartsWith("option", StringComparison.Ordinal);

    private void DrawAll(string css)
    {
        svg.Append($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" role=\"img\" aria-label=\"{Safe(diagram.Title)}\">\n");
        svg.Append($"<style>\n{css}</style>\n");
        svg.Append("<defs><marker id=\"head\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto-start-reverse\"><path d=\"M0 1 L10 5 L0 9 z\" class=\"head\"/></marker></defs>\n");
        svg.Append($"<rect class=\"paper\" width=\"{Width}\" height=\"{Height}\"/>\n");
        DrawCommands();
        foreach (string member in diagram.Members)
            DrawLife(member);
        // States lie over the arrows, but take their places first: labels then find theirs beside them.
        int arrows = svg.Length;
        foreach (string member in diagram.Members)
            DrawChanges(member);
        string states = svg.ToString(arrows, svg.Length - arrows);
        svg.Length = arrows;
        foreach (DrawnMessage message in diagram.Messages)
            DrawMessage(message);
        svg.Append(states);
        svg.Append("</svg>\n");
    }

    private void DrawCommands()
    {
        foreach (IGrouping<int, DrawnCommand> row in diagram.Commands.Where(Shown).GroupBy(c => c.Row))
        {
            DrawnCommand? drawn = row.FirstOrDefault(c => c.Row == row.Key);
            string text = drawn!.Text.Length > 34 ? drawn.Text[..33] + "…" : drawn.Text;
            svg.Append($"<g class=\"command\" data-row=\"{row.Key}\"><line x1=\"8\" y1=\"{Y(row.Key)}\" x2=\"{Width - 8}\" y2=\"{Y(row.Key)}\"/>");
            svg.Append($"<text x=\"10\" y=\"{Y(row.Key) - 6}\">{Safe(text)}</text></g>\n");
        }
    }

    private void DrawLife(string member)
    {
        int x = X(member);
        places.TakeLife(x);
        svg.Append($"<text class=\"member\" x=\"{x}\" y=\"30\">{Safe(member)}</text>\n");
        DrawnChange[] changes = [.. diagram.Changes.Where(c => c.Member == member && c.State is not null)];
        for (int i = 0; i < changes.Length; i++)
        {
            int from = Y(changes[i].Row);
            int to = i + 1 < changes.Length ? Y(changes[i + 1].Row) : Height - 24;
            MemberState state = changes[i].State!;
            if (to > from)
                svg.Append($"<line class=\"life {Look(state.Role)} t{TermColour(state.Term)}\" data-row=\"{changes[i].Row}\" x1=\"{x}\" y1=\"{from}\" x2=\"{x}\" y2=\"{to}\"/>\n");
        }
    }

    private void DrawMessage(DrawnMessage message)
    {
        int x1 = X(message.From);
        int x2 = diagram.Members.Contains(message.To) ? X(message.To) : x1 + columnWidth;
        int y1 = Y(message.Sent);
        int y2 = Y(message.Ended) + (message.Sent == message.Ended ? 14 : 0);
        if (message.IsLost || message.IsOpen)
            (x2, y2) = (x1 + ((x2 - x1) * 6 / 10), y1 + ((y2 - y1) * 6 / 10));
        string kind = message.Text.Split(' ')[0];
        string look = message.IsLost ? "lost" : message.IsOpen ? "open" : "arrives";
        svg.Append($"<g class=\"message {look} {kind}\" data-row=\"{message.Sent}\" data-end=\"{message.Ended}\" tabindex=\"0\"><title>{Safe($"{message.From} → {message.To}  {message.Text}")}{(message.IsLost ? " (lost)" : "")}</title>");
        svg.Append($"<line class=\"t{TermColour(TermOf(message.Text))}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"{(look == "arrives" ? " marker-end=\"url(#head)\"" : "")}/>");
        if (message.IsLost)
            svg.Append($"<path class=\"cross\" d=\"M{x2 - 5} {y2 - 5} l10 10 m0 -10 l-10 10\"/>");
        string label = Short(message.Text);
        (int lx, int ly) = places.Place(label, x1, y1, x2, y2);
        svg.Append($"<text class=\"label\" x=\"{lx}\" y=\"{ly}\">{Safe(label)}</text></g>\n");
    }

    private void DrawChanges(string member)
    {
        int x = X(member);
        MemberState? before = null;
        (int Row, int Count) notes = default;
        foreach (DrawnChange change in diagram.Changes.Where(c => c.Member == member))
        {
            int y = Y(change.Row);
            if (change.State is not { } state)
            {
                notes = notes.Row == change.Row ? (change.Row, notes.Count + 1) : (change.Row, 0);
                DrawNote(change, x + 8, y + 26 + (notes.Count * LabelPlaces.TextHeight));
                continue;
            }

            svg.Append($"<g class=\"state\" data-row=\"{change.Row}\" tabindex=\"0\"><title>{Safe($"{member}: {state}")}</title>");
            svg.Append($"<circle class=\"{Look(state.Role)} t{TermColour(state.Term)}\" cx=\"{x}\" cy=\"{y}\" r=\"{(Look(state.Role) == "leader" ? 7 : 5)}\"/>");
            places.Take(new Area(x - 7, y - 7, 14, 14));
            if (before is null || before.Role != state.Role || before.Term != state.Term)
                DrawRole(state, x + 10, y - 3);
            if (before is null || !before.Log.SequenceEqual(state.Log))
                DrawLog(state, x + 10, y + 2);
            svg.Append("</g>\n");
            before = state;
        }
    }

    private void DrawNote(DrawnChange change, int x, int y)
    {
        places.Take(new Area(x, y - LabelPlaces.TextHeight + 2, LabelPlaces.WidthOf(change.Note), LabelPlaces.TextHeight));
        svg.Append($"<text class=\"note\" data-row=\"{change.Row}\" x=\"{x}\" y=\"{y}\">{Safe(change.Note)}</text>\n");
    }

    private void DrawRole(MemberState state, int x, int y)
    {
        string role = state.IsDown ? "down" : $"{state.Role} {state.Term}";
        places.Take(new Area(x, y - LabelPlaces.TextHeight + 2, LabelPlaces.WidthOf(role), LabelPlaces.TextHeight));
        svg.Append($"<text class=\"role\" x=\"{x}\" y=\"{y}\">{Safe(role)}</text>");
    }

    private void DrawLog(MemberState state, int x, int y)
    {
        int left = x;
        foreach (DrawnEntry entry in Drawn(state))
        {
            string look = $"entry t{TermColour(entry.Term)}{(entry.IsCommitted ? " committed" : "")}{(entry.IsDurable ? "" : " unsynced")}";
            string content = Short(entry);
            int width = WidthOf(content);
            string what = entry.Content.Length == 0 ? "no-op" : entry.Content;
            svg.Append($"<g class=\"{look}\"><title>{Safe($"{what}, {MemberState.TermName(entry.Term)} {entry.Term}, {(entry.IsCommitted ? "committed" : "not committed")}{(entry.IsDurable ? "" : ", not durable")}")}</title>");
            svg.Append($"<rect x=\"{x}\" y=\"{y}\" width=\"{width - 1}\" height=\"{Box - 1}\" rx=\"2\"/><text x=\"{x + (width / 2)}\" y=\"{y + 11}\">{Safe(content)}</text></g>");
            x += width;
        }

        places.Take(new Area(left, y, x - left, Box));
    }

    /// <summary>The entries of a log that there is room for.</summary>
    private static IEnumerable<DrawnEntry> Drawn(MemberState state) => state.Log.Skip(Math.Max(0, state.Log.Count - BoxesMax));

    /// <summary>An entry in a few letters.</summary>
    private static string Short(in DrawnEntry entry) => entry.Content.Length == 0 ? entry.Term
        : entry.Content[0] == '{' ? "⚙"
        : entry.Content[^Math.Min(entry.Content.Length, LettersMax)..];

    /// <summary>The width of an entry's box.</summary>
    private static int WidthOf(string content) => Math.Max(Box, 4 + (6 * content.Length));

    /// <summary>A proposer of a single decision looks as who does the like in a log.</summary>
    private static string Look(string role) => role switch
    {
        "preparing" => "candidate",
        "proposing" => "leader",
        _ => role,
    };

    private static string TermOf(string message)
    {
        foreach (string name in (string[])["term=", "ballot="])
        {
            int at = message.IndexOf(name, StringComparison.Ordinal);
            if (at >= 0)
                return message[(at + name.Length)..].Split(' ')[0];
        }

        return "";
    }

    public static int TermColour(string term)
    {
        int dot = term.IndexOf('.', StringComparison.Ordinal);
        return int.TryParse(dot < 0 ? term : term[..dot], out int number) ? number % 8 : 0;
    }

    /// <summary>A message in at most three words.</summary>
    private static string Short(string text)
    {
        string[] words = text.Split(' ');
        string Field(string name) => words.FirstOrDefault(w => w.StartsWith(name, StringComparison.Ordinal))?[name.Length..] ?? "";
        return words[0] switch
        {
            "RequestVote" => "vote for me",
            "PreVote" => "could I win?",
            "VoteReply" or "PreVoteReply" => words[^1] == "granted" ? "yes" : "no",
            "AppendEntries" => Field("entries=") == "0" ? $"after {Field("prev=")}?" : $"{Field("entries=")} after {Field("prev=")}",
            "AppendReply" => text.Contains("match=", StringComparison.Ordinal) ? $"have {Field("match=")}" : $"no, try {Field("hint=")}",
            "CommitNotice" => $"committed {Field("commit=")}",
            "Heartbeat" => "heartbeat",
            "HeartbeatReply" => "yes",
            "TimeoutNow" => "lead now",
            "Prepare" => $"prepare {Field("ballot=")}",
            "Promise" => Field("accepted=") == "-" ? "promised" : $"promised, has {Field("accepted=")}",
            "Refused" => $"no, promised {Field("promised=")}",
            "Accept" => $"accept {Field("value=")}",
            "Accepted" => $"voted {Field("value=")}",
            _ => words[0],
        };
    }
}
