using System.Diagnostics;
using Xunit;

namespace Quorate.EndToEnd;

/// <summary>etcd's own command-line client: <c>ETCDCTL</c> names it, else it is on the path.</summary>
internal static class Etcdctl
{
    private static string Program => Environment.GetEnvironmentVariable("ETCDCTL") ?? "etcdctl";

    /// <summary>Runs it and expects success.</summary>
    /// <returns>What it printed.</returns>
    public static async Task<string> RunAsync(string endpoints, params string[] arguments)
    {
        (int code, string output, string error) = await TryAsync(endpoints, null, arguments);
        Assert.True(code == 0, $"etcdctl {string.Join(' ', arguments)} ended with {code}: {error}{output}");
        return output;
    }

    /// <summary>Runs it.</summary>
    public static async Task<(int Code, string Output, string Error)> TryAsync(string endpoints, string? input, params string[] arguments)
    {
        var start = new ProcessStartInfo(Program, ["--endpoints", endpoints, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ETCDCTL_API"] = "3";
        using Process process = Process.Start(start)!;
        if (input is not null)
            await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(ServerProcess.Patience);
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, await output, await error);
    }
}
