namespace Quorate.Platform;

/// <summary>Monotonic time. Wall time exists only for log lines and is no part of this seam.</summary>
public interface IClock
{
    /// <summary>Nanoseconds since an arbitrary start; never goes back, counts while the process is stopped.</summary>
    long NowNanoseconds { get; }
}
