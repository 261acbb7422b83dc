using System.Globalization;

namespace Quorate.Server.Rpc;

/// <summary>
/// How long a client waits for a call, as its <c>grpc-timeout</c> says: the token that its handler gives up on. Reused with its call; a call without
/// one costs nothing.
/// </summary>
internal sealed class CallDeadline : IDisposable
{
    private CancellationTokenSource? source;

    /// <summary>Cancelled when the client no longer waits.</summary>
    public CancellationToken Token { get; private set; }

    /// <summary>Whether it has passed.</summary>
    public bool HasPassed => Token.IsCancellationRequested;

    /// <summary>Begins to count; a header that cannot be read, or says more than a timer can count, is no limit.</summary>
    public void Begin(string? header)
    {
        if (header is null || !TryParse(header, out TimeSpan timeout) || timeout.TotalMilliseconds >= int.MaxValue)
            return;
        source ??= new CancellationTokenSource();
        Token = source.Token;
        // Less than a timer can count has passed by the time it would be started.
        if (timeout < TimeSpan.FromMilliseconds(1))
            source.Cancel();
        else
            source.CancelAfter(timeout);
    }

    /// <summary>The call has ended.</summary>
    public void End()
    {
        Token = default;
        if (source is null || source.TryReset())
            return;
        source.Dispose();
        source = null;
    }

    /// <inheritdoc/>
    public void Dispose() => source?.Dispose();

    /// <summary>Reads up to eight digits and a unit: H, M, S, m, u, n.</summary>
    public static bool TryParse(string header, out TimeSpan timeout)
    {
        timeout = default;
        if (header.Length is < 2 or > 9
            || !long.TryParse(header.AsSpan(0, header.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            return false;
        long unitTicks = header[^1] switch
        {
            'H' => TimeSpan.TicksPerHour,
            'M' => TimeSpan.TicksPerMinute,
            'S' => TimeSpan.TicksPerSecond,
            'm' => TimeSpan.TicksPerMillisecond,
            'u' => TimeSpan.TicksPerMicrosecond,
            'n' => 0,
            _ => -1,
        };
        if (unitTicks < 0)
            return false;
        // A tick is 100 ns.
        timeout = unitTicks == 0 ? new TimeSpan((number + 99) / 100) : new TimeSpan(number * unitTicks);
        return true;
    }
}
