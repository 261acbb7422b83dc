using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Quorate.Cli.Bench;

/// <summary><c>quorate bench</c>: puts load on any etcd v3 cluster, and says what it took.</summary>
internal static class BenchCommand
{
    /// <summary>The command, with a subcommand for each operation.</summary>
    public static Command Create()
    {
        var bench = new Command("bench", "Put load on an etcd v3 cluster, without TLS, and measure it.");
        bench.Add(Build(BenchOperation.Put, "put", "Put random keys of the key space."));
        bench.Add(Build(BenchOperation.Load, "load", "Put every key of the key space once."));
        bench.Add(Build(BenchOperation.Range, "range", "Get random keys of the key space."));
        return bench;
    }

    private static Command Build(BenchOperation operation, string name, string description)
    {
        var usual = new BenchSettings { Operation = operation, Endpoints = [] };
        var endpoints = new Option<string[]>("--endpoints")
        {
            Description = "Members to talk to, host:port[,host:port]...; connections are dealt over them in turn.",
            DefaultValueFactory = _ => ["127.0.0.1:2379"],
            AllowMultipleArgumentsPerToken = true,
        };
        Option<int> clients = Number("--clients", "Operations open at a time.", usual.Clients, 1, 100_000);
        Option<int> connections = Number("--connections", "Connections that the clients share.", usual.Connections, 1, 10_000);
        Option<int> keyBytes = Number("--key-size", "Bytes of a key.", usual.KeyBytes, 7, 1 << 16);
        Option<int> valueBytes = Number("--value-size", "Bytes of a value.", usual.ValueBytes, 0, 64 << 20);
        Option<int> keySpace = Number("--key-space", "Keys that there are.", usual.KeySpace, 1, int.MaxValue);
        Option<double> duration = Seconds("--duration", "Seconds to measure.", usual.Duration);
        Option<double> warmUp = Seconds("--warm-up", "Seconds of load before.", usual.WarmUp);
        var rate = new Option<double>("--rate") { Description = "Operations a second, all clients together; 0: as fast as they are answered." };
        var seed = new Option<ulong>("--seed") { Description = "Picks keys and values.", DefaultValueFactory = _ => usual.Seed };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command(name, description)
        {
            endpoints, clients, connections, keyBytes, valueBytes, keySpace, seed,
        };
        var consistency = new Option<string>("--consistency") { Description = "l: linearizable; s: serializable.", DefaultValueFactory = _ => "l" };
        consistency.AcceptOnlyFromAmong("l", "s");
        var noLoad = new Option<bool>("--no-load") { Description = "Do not put every key of the key space first." };
        if (operation != BenchOperation.Load)
        {
            command.Add(duration);
            command.Add(warmUp);
            command.Add(rate);
            command.Add(json);
        }

        if (operation == BenchOperation.Range)
        {
            command.Add(consistency);
            command.Add(noLoad);
        }

        command.SetAction(async (parsed, cancellation) =>
        {
            BenchSettings settings = usual with
            {
                Endpoints = [],
                Clients = parsed.GetValue(clients),
                Connections = Math.Min(parsed.GetValue(connections), parsed.GetValue(clients)),
                KeyBytes = parsed.GetValue(keyBytes),
                ValueBytes = parsed.GetValue(valueBytes),
                KeySpace = parsed.GetValue(keySpace),
                Duration = TimeSpan.FromSeconds(parsed.GetValue(duration)),
                WarmUp = TimeSpan.FromSeconds(parsed.GetValue(warmUp)),
                Rate = parsed.GetValue(rate),
                Seed = parsed.GetValue(seed),
                Serializable = operation == BenchOperation.Range && parsed.GetValue(consistency) == "s",
                Preload = operation == BenchOperation.Range && !parsed.GetValue(noLoad),
            };
            return await CheckedAsync(settings, parsed.GetValue(endpoints)!, parsed.GetValue(json), cancellation);
        });
        return command;
    }

    private static async Task<int> CheckedAsync(BenchSettings settings, string[] endpoints, bool json, CancellationToken cancellation)
    {
        int shortest = Workload.KeyBytesMin(settings.KeySpace);
        try
        {
            if (settings.KeyBytes < shortest)
                throw new BenchFailedException($"--key-size must be at least {shortest} to tell {settings.KeySpace} keys apart");
            if (settings.Rate < 0)
                throw new BenchFailedException("--rate must not be negative");
            settings = settings with { Endpoints = [.. endpoints.SelectMany(e => e.Split(',')).Select(Resolve)] };
        }
        catch (BenchFailedException e)
        {
            await Console.Error.WriteLineAsync($"quorate: {e.Message}");
            return 2;
        }

        return await BenchRun.RunAsync(settings, json, cancellation);
    }

    private static BenchEndpoint Resolve(string given)
    {
        string name = given.StartsWith("http://", StringComparison.Ordinal) ? given["http://".Length..].TrimEnd('/') : given;
        if (name.StartsWith("https://", StringComparison.Ordinal))
            throw new BenchFailedException($"{given}: bench does not speak TLS");
        int colon = name.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(name[(colon + 1)..], CultureInfo.InvariantCulture, out ushort port))
            throw new BenchFailedException($"{given}: host:port is wanted");
        string host = name[..colon].Trim('[', ']');
        IPAddress[] addresses;
        try
        {
            addresses = Dns.GetHostAddresses(host);
        }
        catch (SocketException e)
        {
            throw new BenchFailedException($"{given}: {e.Message}");
        }

        IPAddress address = addresses.FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork) ?? addresses[0];
        return new BenchEndpoint(name, new IPEndPoint(address, port));
    }

    private static Option<int> Number(string name, string description, int usual, int least, int most)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => usual };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var value && (value < least || value > most))
                result.AddError($"{name} must be {least} to {most}");
        });
        return option;
    }

    private static Option<double> Seconds(string name, string description, TimeSpan usual)
    {
        var option = new Option<double>(name) { Description = description, DefaultValueFactory = _ => usual.TotalSeconds };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is < 0 or > 86_400)
                result.AddError($"{name} must be 0 to 86400");
        });
        return option;
    }
}
