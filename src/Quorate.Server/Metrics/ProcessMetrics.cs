using System.Diagnostics;
using System.Globalization;

namespace Quorate.Server.Metrics;

/// <summary>What the operating system says of this process.</summary>
internal static class ProcessMetrics
{
    /// <summary>Adds the process_ and os_ metrics.</summary>
    public static void Write(MetricsPage page)
    {
        using var process = Process.GetCurrentProcess();
        int open = OpenFiles();
        long limit = OpenFilesMax();
        page.Counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", process.TotalProcessorTime.TotalSeconds);
        page.Gauge("process_max_fds", "Maximum number of open file descriptors.", limit);
        page.Gauge("process_open_fds", "Number of open file descriptors.", open);
        page.Gauge("process_resident_memory_bytes", "Resident memory size in bytes.", process.WorkingSet64);
        page.Gauge(
            "process_start_time_seconds",
            "Start time of the process since unix epoch in seconds.",
            Math.Round(new DateTimeOffset(process.StartTime.ToUniversalTime()).ToUnixTimeMilliseconds() / 1000.0, 2));
        page.Gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.", process.VirtualMemorySize64);
        page.Gauge("os_fd_limit", "The file descriptor limit.", limit);
        page.Gauge("os_fd_used", "The number of used file descriptors.", open);
    }

    private static int OpenFiles() =>
        Directory.Exists("/proc/self/fd") ? Directory.GetFileSystemEntries("/proc/self/fd").Length : 0;

    private static long OpenFilesMax()
    {
        if (!File.Exists("/proc/self/limits"))
            return 0;
        foreach (string line in File.ReadLines("/proc/self/limits"))
        {
            if (!line.StartsWith("Max open files", StringComparison.Ordinal))
                continue;
            string soft = line["Max open files".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
            return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out long limit) ? limit : long.MaxValue;
        }

        return 0;
    }
}
