using System.Diagnostics;
using Xunit;

namespace Quorate.EndToEnd;

/// <summary>
/// A small file system of a test's own, in memory. Without the right to mount one it lies in a mount namespace of the user's own, which a
/// process of ours holds, and is reached through that process's root. Where not even that is permitted the test is skipped.
/// </summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly Process? holder;

    /// <summary>Mounts one of so many MiB.</summary>
    public SmallDisk(int mebibytes)
    {
        string[] mount = ["-t", "tmpfs", "-o", $"size={mebibytes}m", "quorate-test", directory.Path];
        if (Run("mount", mount).Code == 0)
            return;
        holder = Process.Start(new ProcessStartInfo("unshare", ["-rm", "sh", "-c", "mount \"$@\" && echo mounted && exec cat", "sh", .. mount])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        if (holder.StandardOutput.ReadLine() == "mounted")
            return;
        string error = holder.StandardError.ReadToEnd().Trim();
        End(holder);
        directory.Dispose();
        Assert.Skip($"a file system cannot be mounted here: {error}");
    }

    /// <summary>Where it is mounted.</summary>
    public string Path => holder is null ? directory.Path : $"/proc/{holder.Id}/root{directory.Path}";

    /// <summary>Whether <see cref="Path"/> is a mount point for whoever runs here, and not for the holder alone.</summary>
    public bool IsMountPoint => holder is null;

    /// <summary>Changes how it is mounted: <c>ro</c>, <c>rw</c>, <c>size=400m</c>.</summary>
    public void Remount(string options)
    {
        string[] mount = ["-o", $"remount,{options}", directory.Path];
        (int code, string error) = holder is null
            ? Run("mount", mount)
            : Run("nsenter", ["-t", $"{holder.Id}", "-U", "-m", "--preserve-credentials", "mount", .. mount]);
        Assert.True(code == 0, error);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (holder is not null)
        {
            End(holder); // and with it its namespace
        }
        else
        {
            (int code, string error) = Run("umount", directory.Path);
            Assert.True(code == 0, error);
        }

        directory.Dispose();
    }

    private static void End(Process process)
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }

    private static (int Code, string Error) Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error.Trim());
    }
}
