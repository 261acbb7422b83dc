using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Quorate.Server.Logging;
using Xunit;

namespace Quorate.Tests.Server;

/// <summary>Log lines, as programs and as people read them.</summary>
public sealed class LogTests
{
    private static string Write(bool forPeople, Action<ILogger> say)
    {
        using var stream = new MemoryStream();
        using (var logs = new ServerLoggerFactory(new LogSink(stream), LogLevel.Information, forPeople, colours: false))
            say(logs.CreateLogger("Quorate.Server.ServerHost"));
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    [Fact]
    public void A_line_is_etcds_json()
    {
        string line = Write(false, log => log.Published("8e9e05c52164694d", "default", "cdf818194e3a8c32"));
        Assert.Equal('\n', line[^1]);
        using JsonDocument json = JsonDocument.Parse(line);
        string[] names = [.. json.RootElement.EnumerateObject().Select(p => p.Name)];
        Assert.Equal(["level", "ts", "caller", "msg", "local-member-id", "local-member-name", "cluster-id"], names);
        Assert.Equal("info", json.RootElement.GetProperty("level").GetString());
        Assert.Equal("server/ServerHost", json.RootElement.GetProperty("caller").GetString());
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$", json.RootElement.GetProperty("ts").GetString()!);
    }

    [Fact]
    public void Hostile_text_stays_in_one_line()
    {
        string line = Write(false, log => log.Warn("a\n\"b\"\u0001"));
        Assert.Equal(1, line.Count(c => c == '\n'));
        using JsonDocument json = JsonDocument.Parse(line);
        Assert.Equal("a\n\"b\"\u0001", json.RootElement.GetProperty("msg").GetString());
    }

    [Fact]
    public void People_read_message_and_fields() =>
        Assert.EndsWith("info   received signal; shutting down  signal=terminated\n", Write(true, log => log.Signal("terminated")), StringComparison.Ordinal);

    [Fact]
    public void What_is_below_the_level_is_not_said() => Assert.Empty(Write(false, log => log.PublishWaits("x")));
}
