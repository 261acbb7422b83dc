using System.Runtime.InteropServices;

namespace Quorate.Platform;

/// <summary>
/// Linux's CLOCK_BOOTTIME. Unlike CLOCK_MONOTONIC (and <see cref="System.Diagnostics.Stopwatch"/>) it goes on while the machine is
/// suspended: a leader that wakes must find its lease over. Any thread.
/// </summary>
public sealed partial class MonotonicClock : IClock
{
    private const int ClockBoottime = 7;

    /// <inheritdoc/>
    public long NowNanoseconds
    {
        get
        {
            if (GetTime(ClockBoottime, out TimeSpec time) != 0)
                throw new PlatformNotSupportedException("CLOCK_BOOTTIME cannot be read");
            return time.Seconds * 1_000_000_000 + time.Nanoseconds;
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [SuppressGCTransition]
    private static partial int GetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
