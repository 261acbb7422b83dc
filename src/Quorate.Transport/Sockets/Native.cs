using System.Runtime.InteropServices;

namespace Quorate.Transport;

/// <summary>One stretch of memory of a gathered write (<c>struct iovec</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IoVector
{
    public nint Base;
    public nuint Length;
}

/// <summary>A descriptor to wait for (<c>struct pollfd</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollEntry
{
    public int Descriptor;
    public short Wanted;
    public short Ready;
}

/// <summary>
/// The four calls of POSIX that the links live on. .NET's own gathered send pins and allocates for each range, and its socket events cross
/// two threads; these do neither.
/// </summary>
internal static partial class Native
{
    public const short PollIn = 1;
    public const short PollOut = 4;
    public const int RangesMax = 1024; // IOV_MAX

    private const int Interrupted = 4;

    private static int TryAgain => OperatingSystem.IsMacOS() ? 35 : 11;

    /// <summary>Writes the ranges.</summary>
    /// <returns>Bytes taken; 0 when there is no room now; -1 and the cause when the stream is broken.</returns>
    public static unsafe long Write(int descriptor, IoVector* ranges, int count, out string cause)
    {
        while (true)
        {
            nint written = writev(descriptor, ranges, count);
            if (written >= 0)
            {
                cause = "";
                return written;
            }

            int error = Marshal.GetLastPInvokeError();
            if (error == Interrupted)
                continue;
            cause = error == TryAgain ? "" : Marshal.GetPInvokeErrorMessage(error);
            return error == TryAgain ? 0 : -1;
        }
    }

    /// <summary>Reads what is there.</summary>
    /// <returns>Bytes read; 0 when there are none now; -1 and the cause when the stream has ended.</returns>
    public static unsafe int Read(int descriptor, Span<byte> into, out string cause)
    {
        fixed (byte* start = into)
        {
            while (true)
            {
                nint got = read(descriptor, start, (nuint)into.Length);
                if (got > 0)
                {
                    cause = "";
                    return (int)got;
                }

                if (got == 0)
                {
                    cause = "closed by the other side";
                    return -1;
                }

                int error = Marshal.GetLastPInvokeError();
                if (error == Interrupted)
                    continue;
                cause = error == TryAgain ? "" : Marshal.GetPInvokeErrorMessage(error);
                return error == TryAgain ? 0 : -1;
            }
        }
    }

    /// <summary>Waits until a descriptor is ready or the time is up; a signal ends the wait early.</summary>
    public static unsafe void Poll(Span<PollEntry> entries, int timeoutMilliseconds)
    {
        fixed (PollEntry* first = entries)
        {
            if (poll(first, (nuint)entries.Length, timeoutMilliseconds) >= 0)
                return;
            int error = Marshal.GetLastPInvokeError();
            if (error != Interrupted)
                throw new IOException($"poll: {Marshal.GetPInvokeErrorMessage(error)}");
            foreach (ref PollEntry entry in entries)
                entry.Ready = 0;
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint writev(int descriptor, IoVector* ranges, int count);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint read(int descriptor, byte* into, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int poll(PollEntry* entries, nuint count, int timeoutMilliseconds);
}
