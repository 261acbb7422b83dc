using System.Xml.Linq;
using Quorate.Simulation.Diagrams;
using Quorate.Simulation.Scenarios;
using Xunit;

namespace Quorate.Tests.Scenarios;

/// <summary>Draws every scenario; the pictures of docs/learn are those that the scenarios give today.</summary>
public sealed class DiagramTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    public static TheoryData<string, string> All => ScenarioTests.All;

    public static TheoryData<string> Pictures =>
        [.. Directory.EnumerateFiles(Learn, "*.svg").Select(p => Path.GetFileNameWithoutExtension(p)).Order(StringComparer.Ordinal)];

    private static string Learn => Path.Combine(ScenarioTests.Root, "docs", "learn");

    [Theory]
    [MemberData(nameof(All))]
    public void Every_message_that_moved_is_an_arrow(string engine, string name)
    {
        ScenarioFile scenario = ScenarioGallery.Load(engine, name);
        XElement drawing = XElement.Parse(ScenarioDiagram.Svg(scenario));
        int lost = scenario.Steps.SelectMany(s => s.Output).Count(l => l.Contains(" ⇏ ", StringComparison.Ordinal));
        int arrived = scenario.Steps.SelectMany(s => s.Output).Count(l => l.Contains(" ⇒ ", StringComparison.Ordinal));
        Assert.Equal(lost, Count(drawing, "message lost"));
        Assert.Equal(arrived, Count(drawing, "message arrives"));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_page_needs_nothing_from_elsewhere(string engine, string name)
    {
        string page = ScenarioDiagram.Html(ScenarioGallery.Load(engine, name));
        Assert.DoesNotContain("src=", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<link", page, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_Paxos_ballots_are_drawn()
    {
        string page = ScenarioDiagram.Html(ScenarioGallery.Load("multipaxos", "adopted-value"));
        Assert.Contains("\"leader, ballot 2.3\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("term 2.3", page, StringComparison.Ordinal);
        Assert.Contains("class=\"life leader t2\"", page, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Pictures_of_the_learn_pages_are_current(string name)
    {
        string path = Path.Combine(Learn, $"{name}.svg");
        string engine = ScenarioGallery.BrokenNames.Contains(name)
            ? ScenarioGallery.Broken
            : ScenarioGallery.Names.First(n => n.Name == name).Engine;
        string drawn = ScenarioDiagram.Svg(ScenarioGallery.Load(engine, name));
        if (ScenarioTests.Rewrite)
            File.WriteAllText(path, drawn);
        else
            Assert.Equal(File.ReadAllText(path), drawn);
    }

    private static int Count(XElement drawing, string look) =>
        drawing.Descendants(Svg + "g").Count(g => ((string?)g.Attribute("class"))?.StartsWith(look, StringComparison.Ordinal) == true);
}
