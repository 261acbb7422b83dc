using System.Reflection;
using System.Text;
using System.Text.Json;
using Quorate.Simulation.Scenarios;

namespace Quorate.Simulation.Diagrams;

/// <summary>Draws a played scenario. What is drawn is read from its text, so any recorded run in the format can be drawn.</summary>
public static class ScenarioDiagram
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>A still picture, complete in itself; it follows the reader's light or dark setting.</summary>
    public static string Svg(ScenarioFile played) => SpaceTimeSvg.Draw(SpaceTime.Read(played), Resource("diagram.css"));

    /// <summary>A page to step through with mouse or keys, complete in itself: no network, no other file.</summary>
    /// <param name="played">What to draw.</param>
    /// <param name="atEnd">It opens at the last step, not at the first.</param>
    public static string Html(ScenarioFile played, bool atEnd = false)
    {
        SpaceTime diagram = SpaceTime.Read(played);
        var page = new StringBuilder();
        page.Append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        page.Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        page.Append($"<title>{SpaceTimeSvg.Safe(diagram.Title)}</title>\n<style>\n{Resource("diagram.css")}{Resource("page.css")}</style>\n</head>\n<body>\n");
        page.Append($"<header><h1>{SpaceTimeSvg.Safe(diagram.Title)}</h1><button id=\"theme\" type=\"button\">Light / dark</button></header>\n");
        page.Append("<nav id=\"story\" aria-label=\"The scenario, step by step\">\n");
        foreach (DrawnCommand command in diagram.Commands)
            AppendCommand(page, command);
        AppendProse(page, diagram.Closing);
        page.Append($"</nav>\n<main id=\"picture\" tabindex=\"-1\">\n<div id=\"heads\" aria-hidden=\"true\"></div>\n{SpaceTimeSvg.Draw(diagram, "")}</main>\n<footer>\n<div id=\"controls\">");
        page.Append("<button id=\"back\" type=\"button\" aria-label=\"Step back\">‹</button><button id=\"play\" type=\"button\">Play</button><button id=\"next\" type=\"button\" aria-label=\"Step forward\">›</button>");
        page.Append($"<input id=\"step\" type=\"range\" min=\"0\" max=\"{diagram.Rows}\" value=\"{diagram.Rows}\" aria-label=\"Step\"><output id=\"said\" aria-live=\"polite\"></output></div>\n");
        page.Append("<div id=\"states\" aria-label=\"Members at this step\"></div>\n</footer>\n");
        page.Append($"<script type=\"application/json\" id=\"data\">{Data(diagram, atEnd)}</script>\n<script>\n{Resource("diagram.js")}</script>\n</body>\n</html>\n");
        return page.ToString();
    }

    private static void AppendCommand(StringBuilder page, DrawnCommand command)
    {
        AppendProse(page, command.Prose);
        string look = command.IsExpectation ? " class=\"must\"" : "";
        page.Append($"<button type=\"button\"{look} data-row=\"{command.Row}\">{(command.IsExpectation ? "✓ " : "")}{SpaceTimeSvg.Safe(command.Text)}</button>\n");
    }

    private static void AppendProse(StringBuilder page, string prose)
    {
        foreach (string paragraph in prose.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
            page.Append($"<p>{SpaceTimeSvg.Safe(paragraph)}</p>\n");
    }

    private static string Data(SpaceTime diagram, bool atEnd) => JsonSerializer.Serialize(
        new
        {
            diagram.Members,
            First = atEnd ? diagram.Rows : Math.Min(1, diagram.Rows),
            Top = SpaceTimeSvg.Top,
            RowHeight = SpaceTimeSvg.RowHeight,
            Changes = diagram.Changes.Where(c => c.State is not null).Select(c => new
            {
                c.Row,
                c.Member,
                State = c.State!.ToString() + (c.State.Members.Length > 0 ? $", members {c.State.Members}" : ""),
                Log = c.State.Log.Select(e => new
                {
                    e.Term,
                    e.Content,
                    Committed = e.IsCommitted,
                    Durable = e.IsDurable,
                    Colour = SpaceTimeSvg.TermColour(e.Term),
                }),
            }),
        },
        Json);

    private static string Resource(string name)
    {
        using Stream resource = Assembly.GetExecutingAssembly().GetManifestResourceStream($"diagrams/{name}")!;
        byte[] bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        return Encoding.UTF8.GetString(bytes);
    }
}
