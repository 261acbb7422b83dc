using System.Text;
using Quorate.Cli.Bench;
using Quorate.Consensus;
using Xunit;

namespace Quorate.Tests.Bench;

/// <summary>The requests that the load generator makes.</summary>
public sealed class WorkloadTests
{
    private static readonly BenchSettings Settings = new()
    {
        Operation = BenchOperation.Put,
        Endpoints = [],
        KeyBytes = 12,
        ValueBytes = 300,
        KeySpace = 1000,
    };

    [Fact]
    public void Each_key_is_put_once_in_gRPCs_frame()
    {
        var workload = new PutWorkload(Settings, eachOnce: true);
        var keys = new List<string>();
        byte[] request = [];
        while (workload.TryNext(ref request))
        {
            Assert.Equal(0, request[0]);
            Assert.Equal(request.Length - 5, request[3] * 256 + request[4]);
            Assert.Equal([0x0a, 12], request[5..7]);
            keys.Add(Encoding.ASCII.GetString(request, 7, 12));
            Assert.Equal([0x12, 0xac, 0x02], request[19..22]);
            Assert.Equal(22 + 300, request.Length);
        }

        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"bench/{i:000000}"), keys);
    }

    [Fact]
    public void Random_keys_stay_in_the_key_space_and_no_digit_of_the_last_one_is_left()
    {
        var workload = new RangeWorkload(Settings with { Serializable = true, KeySpace = 906 });
        var random = new Prng(Settings.Seed);
        byte[] request = [];
        for (int i = 0; i < 20_000; i++)
        {
            Assert.True(workload.TryNext(ref request));
            Assert.Equal($"bench/{random.Below(906):000000}", Encoding.ASCII.GetString(request, 7, 12));
        }

        Assert.Equal([0x38, 1], request[^2..]);
    }

    [Fact]
    public void A_range_without_its_key_is_seen()
    {
        var workload = new RangeWorkload(Settings);
        Assert.True(workload.IsWanted([0x0a, 2, 8, 1, 0x12, 5, 1, 2, 3, 4, 5, 0x20, 1]));
        Assert.False(workload.IsWanted([0x0a, 2, 8, 1]));
        Assert.False(workload.IsWanted([]));
    }
}
