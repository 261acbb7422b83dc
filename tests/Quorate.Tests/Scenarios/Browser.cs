using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Quorate.Tests.Scenarios;

/// <summary>
/// A headless Chromium with one page, spoken to by its debugging protocol over a pipe. <c>CHROMIUM</c> names the program, else it is looked for on the
/// path. Owner: one test.
/// </summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    private readonly CancellationTokenSource patience = new(TimeSpan.FromMinutes(3));
    private readonly DirectoryInfo profile = Directory.CreateTempSubdirectory("quorate-browser-");
    private readonly List<string> errors = [];
    private readonly List<byte> received = [];
    private readonly byte[] chunk = new byte[64 << 10];
    private readonly Process process;
    private readonly Task<string> said;
    private string? session;
    private int calls;
    private bool loaded;

    private Browser(string program)
    {
        // Chromium reads commands from descriptor 3 and answers on 4.
        var start = new ProcessStartInfo(
            "/bin/sh",
            [
                "-c", "exec \"$0\" \"$@\" 3<&0 4>&1 0</dev/null 1>&2", program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--no-first-run", "--disable-breakpad", "--window-size=1400,900", $"--user-data-dir={profile.FullName}", "--remote-debugging-pipe", "about:blank",
            ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        process = Process.Start(start)!;
        said = process.StandardError.ReadToEndAsync(CancellationToken.None);
    }

    /// <summary>What went wrong in the page: exceptions, errors in its console, what it could not load.</summary>
    public IReadOnlyList<string> Errors => errors;

    /// <summary>Opens a page, once it has loaded. Without a Chromium the test is skipped.</summary>
    public static async Task<Browser> OpenAsync(string html)
    {
        string? program = Find();
        Assert.SkipUnless(program is not null, "no Chromium on the path: install one (Debian: apt-get install chromium), or name it with CHROMIUM=/path/to/chromium");
        var browser = new Browser(program!);
        try
        {
            await browser.LoadAsync(html);
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }

        return browser;
    }

    /// <summary>The value of an expression in the page: a number, a text or a truth value, as text.</summary>
    public async Task<string> EvaluateAsync(string expression)
    {
        JsonNode answer = await CallAsync("Runtime.evaluate", new JsonObject { ["expression"] = expression, ["returnByValue"] = true });
        Assert.True(answer["exceptionDetails"] is null, $"{expression}: {answer}");
        return $"{answer["result"]!["value"]}";
    }

    /// <summary>Presses a key, as a person would.</summary>
    public async Task PressAsync(string key)
    {
        foreach (string type in (string[])["rawKeyDown", "keyUp"])
            await CallAsync("Input.dispatchKeyEvent", new JsonObject { ["type"] = type, ["key"] = key });
    }

    /// <summary>Moves the mouse to a place in the window, in pixels.</summary>
    public Task PointAsync(double x, double y) => MouseAsync("mouseMoved", x, y);

    /// <summary>Clicks there.</summary>
    public async Task ClickAsync(double x, double y)
    {
        await MouseAsync("mousePressed", x, y);
        await MouseAsync("mouseReleased", x, y);
    }

    public async ValueTask DisposeAsync()
    {
        // At the end of its pipe it ends by itself; what it says ends with the last of its processes.
        process.StandardInput.Close();
        await said.WaitAsync(patience.Token);
        process.Dispose();
        patience.Dispose();
        profile.Delete(recursive: true);
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("CHROMIUM") is { Length: > 0 } named)
            return named;
        string[] path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return Names.SelectMany(name => path.Select(directory => Path.Combine(directory, name))).FirstOrDefault(File.Exists);
    }

    private async Task LoadAsync(string html)
    {
        string page = Path.Combine(profile.FullName, "page.html");
        await File.WriteAllTextAsync(page, html, patience.Token);
        JsonNode target = await CallAsync("Target.createTarget", new JsonObject { ["url"] = "about:blank" });
        JsonNode attached = await CallAsync(
            "Target.attachToTarget", new JsonObject { ["targetId"] = $"{target["targetId"]}", ["flatten"] = true });
        session = $"{attached["sessionId"]}";
        foreach (string domain in (string[])["Page", "Runtime", "Log"])
            await CallAsync($"{domain}.enable", []);
        await CallAsync("Page.navigate", new JsonObject { ["url"] = $"file://{page}" });
        while (!loaded)
            Notice(await ReceiveAsync());
    }

    private async Task MouseAsync(string type, double x, double y)
    {
        bool presses = type != "mouseMoved";
        await CallAsync(
            "Input.dispatchMouseEvent",
            new JsonObject { ["type"] = type, ["x"] = x, ["y"] = y, ["button"] = presses ? "left" : "none", ["clickCount"] = presses ? 1 : 0 });
    }

    /// <summary>Calls a method and returns its result. What the page reports meanwhile is noticed on the way.</summary>
    private async Task<JsonNode> CallAsync(string method, JsonObject parameters)
    {
        int id = ++calls;
        var call = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        if (session is not null)
            call["sessionId"] = session;
        Stream into = process.StandardInput.BaseStream;
        await into.WriteAsync(Encoding.UTF8.GetBytes($"{call.ToJsonString()}\0"), patience.Token);
        await into.FlushAsync(patience.Token);
        while (true)
        {
            JsonNode message = await ReceiveAsync();
            if (message["id"]?.GetValue<int>() != id)
            {
                Notice(message);
                continue;
            }

            Assert.True(message["error"] is null, $"{method}: {message["error"]}");
            return message["result"]!;
        }
    }

    private void Notice(JsonNode message)
    {
        JsonNode? about = message["params"];
        switch ($"{message["method"]}")
        {
            case "Page.loadEventFired":
                loaded = true;
                break;
            case "Runtime.exceptionThrown":
                errors.Add($"{about!["exceptionDetails"]}");
                break;
            case "Runtime.consoleAPICalled" when $"{about!["type"]}" is "error" or "assert":
                errors.Add($"{about["args"]}");
                break;
            case "Log.entryAdded" when $"{about!["entry"]!["level"]}" == "error":
                errors.Add($"{about["entry"]}");
                break;
        }
    }

    /// <summary>The next message; each ends with a zero.</summary>
    private async Task<JsonNode> ReceiveAsync()
    {
        int end;
        while ((end = received.IndexOf(0)) < 0)
        {
            int count = await process.StandardOutput.BaseStream.ReadAsync(chunk, patience.Token);
            Assert.True(count > 0, $"Chromium has ended: {(count > 0 ? "" : await said)}");
            received.AddRange(chunk.AsSpan(0, count));
        }

        JsonNode message = JsonNode.Parse(received[..end].ToArray())!;
        received.RemoveRange(0, end + 1);
        return message;
    }
}
