using System.CommandLine;
using System.Globalization;
using Quorate.Simulation;

namespace Quorate.Cli.Cluster;

/// <summary><c>quorate cluster</c>: a development cluster of real processes.</summary>
internal static class ClusterCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var size = new Option<int>("--size") { Description = "Members, 1 to 9.", DefaultValueFactory = _ => 3 };
        size.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 9)
                result.AddError("--size must be 1 to 9");
        });
        var directory = new Option<DirectoryInfo>("--data-dir")
        {
            Description = "Where the members' directories lie.",
            DefaultValueFactory = _ => new DirectoryInfo("cluster.quorate"),
        };
        var port = new Option<int>("--client-port")
        {
            Description = "The first member's client port; its peer port is the next one, the second member's are ten higher, and so on.",
            DefaultValueFactory = _ => 2379,
        };
        port.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 65_000)
                result.AddError("--client-port must be 1 to 65000");
        });
        var consensus = new Option<string?>("--consensus") { Description = "The protocol, chosen at the first start: raft (the default) or multipaxos." };
        consensus.AcceptOnlyFromAmong([.. Engines.Names]);
        var phase1 = new Option<int?>("--phase1-quorum") { Description = "multipaxos: voters that make a leader, chosen at the first start, with the next. [default: a majority]" };
        var phase2 = new Option<int?>("--phase2-quorum") { Description = "multipaxos: voters that must have a write. [default: a majority]" };
        var leases = new Option<bool>("--lease-reads") { Description = "Leaders read without asking the others while a lease lasts; chosen at the first start." };
        var command = new Command("cluster", "Run a development cluster on this machine; Ctrl-C stops it, its data stays.")
        {
            size, directory, port, consensus, phase1, phase2, leases,
        };
        command.SetAction((parsed, cancellation) =>
        {
            string[] protocol =
            [
                .. Given("--consensus", parsed.GetValue(consensus)),
                .. Given("--phase1-quorum", parsed.GetValue(phase1)),
                .. Given("--phase2-quorum", parsed.GetValue(phase2)),
                .. parsed.GetValue(leases) ? ["--lease-reads"] : Array.Empty<string>(),
            ];
            return RunAsync(parsed.GetValue(size), parsed.GetValue(directory)!.FullName, parsed.GetValue(port), protocol, cancellation);
        });
        return command;
    }

    // As each member takes it, and judges it.
    private static IEnumerable<string> Given(string flag, object? value) =>
        value is null ? [] : [string.Create(CultureInfo.InvariantCulture, $"{flag}={value}")];

    private static async Task<int> RunAsync(int size, string directory, int firstPort, string[] protocol, CancellationToken cancellation)
    {
        using var cluster = new LocalCluster(size, directory, firstPort, protocol);
        cluster.Start();
        using var watch = new ClusterWatch(cluster.Members);
        IClusterView view = Console.IsOutputRedirected ? new PlainView() : new TableView();
        await view.ShowAsync(cluster, watch, cancellation);
        return await cluster.StopAsync();
    }
}
