using System.Globalization;
using Quorate.Simulation;
using Quorate.Simulation.Diagrams;
using Quorate.Simulation.Scenarios;
using Xunit;

namespace Quorate.Tests.Scenarios;

/// <summary>Pages with a space-time diagram, opened in a headless Chromium and used by key and mouse.</summary>
public sealed class PageTests
{
    private const string Violation = "violation";

    // This code breaks no promise, so it is said of a run that is recorded.
    private static readonly Lazy<ScenarioFile> broken = new(() => RecordedScenario.Of(
        SeedRun.Run(new SeedOptions { Seed = 3, Record = true }) with { Violation = new Violation("Linearizability", "shows <b>\"nothing\"</b> & more", "") }));

    /// <summary>Pages, by what they show: scenarios, and the end of a run that broke a promise.</summary>
    public static TheoryData<string> Pages => ["raft/figure-8", "synod/duel-fixed", Violation];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Members_arrows_and_texts_to_hover_over_are_there(string page)
    {
        ScenarioFile played = Played(page);
        string[] lines = [.. played.Steps.SelectMany(s => s.Output)];
        await using Browser browser = await OpenAsync(page, played);
        string[] members = [.. lines.Select(l => l.Split(' ')[0]).Distinct().OrderBy(m => m.Length).ThenBy(m => m, StringComparer.Ordinal)];
        Assert.Equal(string.Join(',', members), await browser.EvaluateAsync("[...document.querySelectorAll('#heads span')].map(h => h.textContent).join()"));
        Assert.Equal(members.Length, await CountAsync(browser, "#picture .member"));
        Assert.Equal(Arrows(lines, '⇒'), await CountAsync(browser, "#picture .message.arrives > line[marker-end]"));
        Assert.Equal(Arrows(lines, '⇏'), await CountAsync(browser, "#picture .message.lost > .cross"));

        // Each arrow says its message, each entry of a log its term.
        string message = lines.First(l => l.Contains(" ⇒ ", StringComparison.Ordinal)).Replace('⇒', '→');
        Assert.Equal("true", await browser.EvaluateAsync($"[...document.querySelectorAll('#picture .message > title')].some(t => t.textContent === '{message}')"));
        Assert.Equal(await CountAsync(browser, "#picture .message"), await CountAsync(browser, "#picture .message > title"));
        Assert.Equal(await CountAsync(browser, "#picture .entry"), await CountAsync(browser, "#picture .entry > title"));
        Assert.Equal("true", await browser.EvaluateAsync("[...document.querySelectorAll('#picture .entry > title')].every(t => /, (term|ballot) /.test(t.textContent))"));
        Assert.Empty(browser.Errors);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Keys_and_clicks_step_through_it(string page)
    {
        await using Browser browser = await OpenAsync(page, Played(page));
        int rows = int.Parse(await browser.EvaluateAsync("document.getElementById('step').max"), CultureInfo.InvariantCulture);
        Assert.Equal($"{(page == Violation ? rows : 1)} of {rows}", await SaidAsync(browser));

        await browser.PressAsync("Home");
        Assert.Equal($"0 of {rows}", await SaidAsync(browser));
        int later = await CountAsync(browser, "#picture .later");
        Assert.Equal(0, await CountAsync(browser, "#states > div"));
        await browser.PressAsync("ArrowRight");
        Assert.Equal($"1 of {rows}", await SaidAsync(browser));
        Assert.True(await CountAsync(browser, "#picture .later") < later, "the first step shows nothing");
        await ClickAsync(browser, "#next");
        Assert.Equal($"2 of {rows}", await SaidAsync(browser));
        await ClickAsync(browser, "#back");
        Assert.Equal($"1 of {rows}", await SaidAsync(browser));

        // At the end all is shown: nothing is still to come, and each member with a state has it below, its log in boxes.
        await browser.PressAsync("End");
        Assert.Equal($"{rows} of {rows}", await SaidAsync(browser));
        Assert.Equal(0, await CountAsync(browser, "#picture .later"));
        Assert.Equal("true", await browser.EvaluateAsync("document.querySelectorAll('#states > div').length === new Set(data.changes.map(c => c.member)).size"));
        Assert.True(await CountAsync(browser, "#states .log > span[title]") > 0 || page.StartsWith("synod", StringComparison.Ordinal), "no log is shown");

        // A line of the story leads to its step.
        string row = await browser.EvaluateAsync("document.querySelector('#story button:not(.must)').dataset.row");
        await ClickAsync(browser, "#story button:not(.must)");
        Assert.Equal($"{row} of {rows}", await SaidAsync(browser));
        Assert.Empty(browser.Errors);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task An_arrow_stands_out_under_the_mouse(string page)
    {
        await using Browser browser = await OpenAsync(page, Played(page));
        // One that is in sight at its middle, and not already marked as of this step.
        string place = await browser.EvaluateAsync("""
            (() => {
              for (const arrow of document.querySelectorAll('#picture .message:not(.now)')) {
                const box = arrow.querySelector('line').getBoundingClientRect();
                const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
                if (document.elementFromPoint(x, y)?.parentNode !== arrow) continue;
                window.found = arrow;
                return `${x} ${y}`;
              }
              return '';
            })()
            """);
        Assert.True(place.Length > 0, "no arrow is in sight");
        double[] at = [.. place.Split(' ').Select(n => double.Parse(n, CultureInfo.InvariantCulture))];
        const string Width = "getComputedStyle(found.querySelector('line')).strokeWidth";
        Assert.Equal("1.4px", await browser.EvaluateAsync(Width));
        await browser.PointAsync(at[0], at[1]);
        Assert.Equal("3px", await browser.EvaluateAsync(Width));
        Assert.Empty(browser.Errors);
    }

    [Fact]
    public async Task What_is_wrong_in_a_page_is_seen()
    {
        await using Browser browser = await Browser.OpenAsync("<!doctype html><title>broken</title><script>nobody.there();</script>");
        Assert.Contains("nobody", Assert.Single(browser.Errors), StringComparison.Ordinal);
    }

    private static Task<Browser> OpenAsync(string page, ScenarioFile played) => Browser.OpenAsync(ScenarioDiagram.Html(played, atEnd: page == Violation));

    private static ScenarioFile Played(string page) => page == Violation ? broken.Value : ScenarioGallery.Load(page.Split('/')[0], page.Split('/')[1]);

    private static int Arrows(IEnumerable<string> lines, char arrow) => lines.Count(l => l.Contains($" {arrow} ", StringComparison.Ordinal));

    private static async Task<int> CountAsync(Browser browser, string selector) =>
        int.Parse(await browser.EvaluateAsync($"document.querySelectorAll('{selector}').length"), CultureInfo.InvariantCulture);

    private static Task<string> SaidAsync(Browser browser) => browser.EvaluateAsync("document.getElementById('said').textContent");

    /// <summary>Scrolls something into sight and clicks it in the middle.</summary>
    private static async Task ClickAsync(Browser browser, string selector)
    {
        string place = await browser.EvaluateAsync(
            $"(() => {{ const e = document.querySelector('{selector}'); e.scrollIntoView({{ block: 'nearest' }}); const b = e.getBoundingClientRect(); return `${{b.x + b.width / 2}} ${{b.y + b.height / 2}}`; }})()");
        double[] at = [.. place.Split(' ').Select(n => double.Parse(n, CultureInfo.InvariantCulture))];
        await browser.ClickAsync(at[0], at[1]);
    }
}
