using System.Diagnostics;
using Xunit;

namespace Quorate.EndToEnd;

/// <summary>A small file system of a test's own, in memory. To mount one needs root: the test is skipped where that is not permitted.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    /// <summary>Mounts one of so many MiB.</summary>
    public SmallDisk(int mebibytes)
    {
        (int code, string error) = Run("mount", "-t", "tmpfs", "-o", $"size={mebibytes}m", "quorate-test", directory.Path);
        if (code == 0)
            return;
        directory.Dispose();
        Assert.Skip($"a file system cannot be mounted here: {error}");
    }

    /// <summary>Where it is mounted.</summary>
    public string Path => directory.Path;

    /// <summary>Changes how it is mounted: <c>ro</c>, <c>rw</c>, <c>size=400m</c>.</summary>
    public void Remount(string options)
    {
        (int code, string error) = Run("mount", "-o", $"remount,{options}", directory.Path);
        Assert.True(code == 0, error);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        (int code, string error) = Run("umount", directory.Path);
        Assert.True(code == 0, error);
        directory.Dispose();
    }

    private static (int Code, string Error) Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error.Trim());
    }
}
