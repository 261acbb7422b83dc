using Quorate.Simulation.Scenarios;

namespace Quorate.Simulation.Diagrams;

/// <summary>A message: from a row to a row of the diagram.</summary>
internal sealed record DrawnMessage(string From, string To, string Text, int Sent)
{
    /// <summary>Where it arrives or is lost; the last row when it is still on its way.</summary>
    public int Ended { get; set; } = -1;

    public bool IsLost { get; set; }

    /// <summary>It is still on its way when the scenario ends.</summary>
    public bool IsOpen { get; set; }

    /// <summary>It left in a part that is not drawn.</summary>
    public bool IsUnseenStart { get; init; }
}

/// <summary>What became of a member at a row: a new state, or something it did.</summary>
internal sealed record DrawnChange(int Row, string Member, MemberState? State, string Note);

/// <summary>A command at the row where what follows from it begins.</summary>
internal sealed record DrawnCommand(int Row, string Text, string Prose, bool IsExpectation);

/// <summary>
/// A played scenario as rows in time. Read from its text alone, so that any recorded run in the format can be drawn, also one of an
/// engine that this program does not hold.
/// </summary>
internal sealed class SpaceTime
{
    private readonly List<string> members = [];

    private SpaceTime(ScenarioFile scenario) => Title = scenario.Title;

    public string Title { get; }

    /// <summary>Members by number.</summary>
    public IReadOnlyList<string> Members => members;

    public List<DrawnMessage> Messages { get; } = [];

    public List<DrawnChange> Changes { get; } = [];

    public List<DrawnCommand> Commands { get; } = [];

    /// <summary>Prose after the last command.</summary>
    public string Closing { get; private set; } = "";

    /// <summary>How many rows there are.</summary>
    public int Rows { get; private set; }

    public static SpaceTime Read(ScenarioFile scenario)
    {
        var diagram = new SpaceTime(scenario);
        var prose = new List<string>();
        bool first = true;
        foreach ((string? line, ScenarioStep? step) in scenario.Parts)
        {
            if (step is null)
            {
                if (!first)
                    prose.Add(line!);
                first = false;
                continue;
            }

            diagram.Add(step, string.Join('\n', prose).Trim());
            prose.Clear();
        }

        diagram.Closing = string.Join('\n', prose).Trim();
        foreach (DrawnMessage message in diagram.Messages.Where(m => m.Ended < 0))
            (message.Ended, message.IsOpen) = (Math.Min(message.Sent + 1, diagram.Rows + 1), true);
        diagram.members.Sort((a, b) => a.Length != b.Length ? a.Length - b.Length : string.CompareOrdinal(a, b));
        return diagram;
    }

    private void Add(ScenarioStep step, string prose)
    {
        bool isExpectation = step.Text.Contains(" must ", StringComparison.Ordinal);
        bool isSilent = step.Output.Count == 0;
        if (!isSilent)
            Rows++;
        Commands.Add(new DrawnCommand(Rows, step.Text, prose, isExpectation));
        bool fresh = true;
        foreach (string line in step.Output)
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            string member = line[..space];
            string rest = line[space..].TrimStart();
            if (!members.Contains(member))
                members.Add(member);
            if (rest[0] is '→' or '⇒' or '⇏')
                Move(member, rest, fresh);
            else
                Changes.Add(new DrawnChange(Rows, member, MemberState.Parse(rest), rest));
            fresh = false;
        }
    }

    private void Move(string from, string rest, bool fresh)
    {
        int gap = rest.IndexOf("  ", StringComparison.Ordinal);
        string to = rest[2..gap];
        string text = rest[(gap + 2)..];
        if (rest[0] == '→')
        {
            Messages.Add(new DrawnMessage(from, to, text, Rows));
            return;
        }

        // What a command brings first shares its row; each further arrival has a row of its own.
        if (!fresh)
            Rows++;
        DrawnMessage? sent = Messages.Find(m => m.Ended < 0 && m.From == from && m.To == to && m.Text == text);
        if (sent is null)
        {
            DrawnMessage? original = Messages.FindLast(m => m.From == from && m.To == to && m.Text == text);
            sent = new DrawnMessage(from, to, text, original?.Sent ?? Rows - 1) { IsUnseenStart = original is null };
            Messages.Add(sent);
        }

        (sent.Ended, sent.IsLost) = (Rows, rest[0] == '⇏');
    }
}
