using System.Text.Json;
using Xunit;

namespace Quorate.EndToEnd;

/// <summary>Disks that are full or read-only.</summary>
public sealed class DiskTests
{
    private static string[] Arguments(SmallDisk disk) =>
    [
        "--data-dir", Path.Combine(disk.Path, "m1"), "--listen-client-urls=http://127.0.0.1:0", "--advertise-client-urls=http://127.0.0.1:2379",
        "--listen-peer-urls=http://127.0.0.1:0",
    ];

    private static async Task<string> FatalAsync(SmallDisk disk)
    {
        using var process = ServerProcess.Start(Arguments(disk));
        Assert.Equal(1, await process.WaitForExitAsync());
        Assert.All(process.Lines, l => Assert.StartsWith("{", l, StringComparison.Ordinal));
        using JsonDocument json = JsonDocument.Parse(process.Lines[^1]);
        Assert.Equal("fatal", json.RootElement.GetProperty("level").GetString());
        return json.RootElement.GetProperty("msg").GetString()!;
    }

    [Fact]
    public async Task A_disk_without_room_for_the_log_is_refused()
    {
        using var disk = new SmallDisk(16);
        string cause = await FatalAsync(disk);
        Assert.Contains(disk.Path, cause, StringComparison.Ordinal);
        Assert.Contains("no space left", cause, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_only_disk_is_refused()
    {
        using var disk = new SmallDisk(200);
        using (var member = ServerProcess.Start(Arguments(disk)))
        {
            await member.WaitForAsync("ready to serve client requests");
            member.Signal("TERM");
            await member.WaitForExitAsync();
        }

        disk.Remount("ro");
        string cause = await FatalAsync(disk);
        Assert.Contains(disk.Path, cause, StringComparison.Ordinal);
        Assert.Contains("read-only", cause, StringComparison.Ordinal);
        disk.Remount("rw");
        using var again = ServerProcess.Start(Arguments(disk));
        await again.WaitForAsync("ready to serve client requests");
    }
}
