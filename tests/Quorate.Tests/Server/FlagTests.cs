using System.Collections;
using Quorate.Server;
using Quorate.Server.Flags;
using Xunit;

namespace Quorate.Tests.Server;

/// <summary>etcd's flags, read as Go reads them.</summary>
public sealed class FlagTests
{
    private static ServerOptions Serve(params string[] arguments) => Serve([], arguments);

    private static ServerOptions Serve(Hashtable variables, params string[] arguments)
    {
        Assert.Equal(ServerCommand.Serve, ServerCommandLine.Read(arguments, variables, out ServerOptions? options));
        return options!;
    }

    private static ConfigurationException Refused(params string[] arguments) => Refused([], arguments);

    private static ConfigurationException Refused(Hashtable variables, params string[] arguments) =>
        Assert.Throws<ConfigurationException>(() => ServerCommandLine.Read(arguments, variables, out _));

    [Fact]
    public void Defaults_are_etcds()
    {
        ServerOptions options = Serve();
        Assert.Equal("default", options.Name);
        Assert.Equal(Path.GetFullPath("default.quorate"), options.DataDirectory);
        Assert.Equal("http://localhost:2379", Assert.Single(options.ListenClientUrls).Text);
        Assert.Equal((100, 1000), (options.HeartbeatMilliseconds, options.ElectionMilliseconds));
        Assert.Equal((2L << 30, 1_572_864, 128), (options.QuotaBytes, options.RequestBytesMax, options.TransactionOperationsMax));
        Assert.Empty(options.Warnings);
    }

    /// <summary>Else what is set aside would be moved into itself.</summary>
    [Fact]
    public void A_slash_at_the_end_names_the_same_directory() => Assert.Equal("/x/m1", Serve("--data-dir=/x/m1/").DataDirectory);

    [Theory]
    [InlineData("--name", "m1")]
    [InlineData("-name", "m1")]
    [InlineData("--name=m1")]
    [InlineData("-name=m1")]
    [InlineData("--name=m0", "--name=m1")]
    public void Go_syntax(params string[] arguments) => Assert.Equal("m1", Serve(arguments).Name);

    [Theory]
    [InlineData("--pre-vote", true)]
    [InlineData("--pre-vote=false", false)]
    [InlineData("--pre-vote=F", false)]
    [InlineData("-pre-vote=1", true)]
    public void Booleans(string argument, bool expected) => Assert.Equal(expected, Serve(argument).PreVote);

    [Theory]
    [InlineData(2, "unknown flag --nonsense", "--nonsense")]
    [InlineData(1, "--consensus: zab is unknown (raft", "--consensus=zab")]
    [InlineData(1, "are given together", "--phase2-quorum=2")]
    [InlineData(2, "needs a value", "--name")]
    [InlineData(2, "not a whole number", "--snapshot-count=x")]
    [InlineData(2, "not a whole number", "--snapshot-count=-1")]
    [InlineData(2, "not true or false", "--pre-vote=maybe")]
    [InlineData(2, "bad flag syntax", "---name=x")]
    [InlineData(2, "no feature gate Nonsense", "--feature-gates=Nonsense=true")]
    [InlineData(1, "stray argument 'false'", "--pre-vote", "false")]
    [InlineData(1, "stray argument 'x'", "x")]
    [InlineData(1, "--advertise-client-urls is required", "--listen-client-urls=http://127.0.0.1:1")]
    [InlineData(1, "at least 5 times", "--heartbeat-interval=300", "--election-timeout=1000")]
    [InlineData(1, "too long", "--election-timeout=50001")]
    [InlineData(1, "does not name this member, m1", "--name=m1", "--initial-cluster=m2=http://127.0.0.1:2380")]
    [InlineData(1, "but --initial-advertise-peer-urls is", "--initial-cluster=default=http://127.0.0.1:9")]
    [InlineData(1, "given twice", "--initial-cluster=default=http://localhost:2380,b=http://localhost:2380")]
    [InlineData(1, "not built yet", "--auto-tls")]
    [InlineData(1, "not built yet", "--cert-file=x")]
    [InlineData(1, "not built yet", "--listen-client-urls=https://127.0.0.1:1", "--advertise-client-urls=http://127.0.0.1:1")]
    [InlineData(1, "must be an IP address or localhost", "--listen-peer-urls=http://example.com:2380")]
    [InlineData(1, "must name a port", "--listen-peer-urls=http://127.0.0.1")]
    [InlineData(1, "must have a scheme", "--listen-peer-urls=127.0.0.1:2380")]
    [InlineData(1, "unknown", "--initial-cluster-state=old")]
    [InlineData(1, "unknown", "--log-level=loud")]
    [InlineData(1, "v2 API", "--enable-v2=true")]
    public void Bad_flags(int code, string cause, params string[] arguments)
    {
        ConfigurationException refused = Refused(arguments);
        Assert.Equal(code, refused.ExitCode);
        Assert.Contains(cause, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public void Every_part_that_is_not_built_takes_its_default()
    {
        foreach (Flag flag in FlagTable.All.Where(f => f.Use == FlagUse.NotBuilt && f.Default.Length > 0))
            Serve($"--{flag.Name}={flag.Default}");
    }

    [Fact]
    public void Variables_stand_for_flags()
    {
        ServerOptions options = Serve(new Hashtable { ["ETCD_NAME"] = "m1", ["ETCD_SNAPSHOT_COUNT"] = "" }, []);
        Assert.Equal(("m1", 10_000), (options.Name, options.SnapshotCount));
        Assert.Contains("unknown variable ETCD_NONSENSE", Serve(new Hashtable { ["ETCD_NONSENSE"] = "1" }, []).Warnings);
        Assert.Empty(Serve(new Hashtable { ["ETCD_UNSUPPORTED_ARCH"] = "arm" }, []).Warnings);
    }

    [Fact]
    public void A_flag_and_its_variable_together_are_refused()
    {
        ConfigurationException refused = Refused(new Hashtable { ["ETCD_NAME"] = "m1" }, "--name=m1");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("ETCD_NAME", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, Refused(new Hashtable { ["ETCD_SNAPSHOT_COUNT"] = "x" }).ExitCode);
    }

    [Theory]
    [InlineData("--experimental-snapshot-catch-up-entries=7")]
    [InlineData("--snapshot-catchup-entries=7")]
    public void Old_names_mean_todays(string argument) => Assert.Equal(7, Serve(argument).CatchUpEntries);

    [Theory]
    [InlineData("--max-snapshots=3")]
    [InlineData("--enable-v2=false")]
    [InlineData("--proxy", "off")]
    [InlineData("--logger=capnslog")]
    [InlineData("--v2-deprecation=gone")]
    [InlineData("--experimental-enable-lease-checkpoint")]
    [InlineData("--backend-batch-interval=10ms")]
    public void What_tunes_nothing_here_is_taken_with_a_warning(params string[] arguments) => Assert.Single(Serve(arguments).Warnings);

    [Fact]
    public void A_configuration_file_replaces_flags_and_variables()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(
                file,
                """
                name: 'm7'
                heartbeat-interval: 50
                warning-unary-request-duration: 500000000
                grpc-keepalive-interval: 10m
                log-outputs: [stderr]
                nonsense: 1
                client-transport-security:
                  cert-file:
                """);
            ServerOptions options = Serve(new Hashtable { ["ETCD_NAME"] = "m2" }, "--name=m1", $"--config-file={file}");
            Assert.Equal(("m7", 50), (options.Name, options.HeartbeatMilliseconds));
            Assert.Equal((TimeSpan.FromSeconds(0.5), TimeSpan.FromMinutes(10)), (options.SlowRequest, options.KeepAliveInterval));
            Assert.Contains(options.Warnings, w => w.Contains("nonsense", StringComparison.Ordinal));
            Assert.Contains(options.Warnings, w => w.Contains(file, StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("1h30m", 5400)]
    [InlineData("1.5s", 1.5)]
    [InlineData("500ms", 0.5)]
    [InlineData("-2s", -2)]
    [InlineData("0", 0)]
    public void Durations(string text, double seconds)
    {
        Assert.True(GoSyntax.TryDuration(text, out TimeSpan value));
        Assert.Equal(seconds, value.TotalSeconds, 6);
    }

    [Theory]
    [InlineData("10")]
    [InlineData("s")]
    [InlineData("")]
    [InlineData("1d")]
    [InlineData("1.2.3s")]
    public void No_durations(string text) => Assert.False(GoSyntax.TryDuration(text, out _));

    [Theory]
    [InlineData("100", 100)]
    [InlineData("0", 0)]
    [InlineData("0x64", 100)]
    [InlineData("0B11", 3)]
    [InlineData("0o144", 100)]
    [InlineData("0144", 100)]
    [InlineData("-012", -10)]
    [InlineData("+7", 7)]
    public void Whole_numbers(string text, long expected)
    {
        Assert.True(GoSyntax.TryInteger(text, out long value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("08")]
    [InlineData("0o")]
    [InlineData("0x")]
    [InlineData("--1")]
    [InlineData("1 ")]
    [InlineData("02000000000000000000000")]
    public void No_whole_numbers(string text) => Assert.False(GoSyntax.TryInteger(text, out _));

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    public void Help(string argument) =>
        Assert.Equal(ServerCommand.Help, ServerCommandLine.Read([argument], new Hashtable(), out _));

    [Fact]
    public void The_version_is_etcds_in_four_lines()
    {
        Assert.Equal(ServerCommand.Version, ServerCommandLine.Read(["--version"], new Hashtable(), out _));
        string[] lines = ServerCommandLine.VersionLines.Split('\n');
        Assert.Equal(4, lines.Length);
        Assert.Equal("etcd Version: 3.7.1", lines[0]);
    }
}
