namespace Quorate.Torture;

/// <summary>Lets something go wrong every five seconds, for half a second to four.</summary>
internal sealed class Adversary(TortureCluster cluster, Random random)
{
    private const int BeatsBetween = 10;
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(500);

    private readonly List<string> done = [];
    private volatile bool isPeace = true;

    /// <summary>Whether nothing is wrong just now. Any thread.</summary>
    public bool IsPeace => isPeace;

    /// <summary>What went wrong.</summary>
    public IReadOnlyList<string> Done => done;

    /// <summary>Goes on until <paramref name="until"/>; what went wrong is mended then.</summary>
    public async Task RunAsync(CancellationToken until)
    {
        var draw = new FaultDraw(cluster, random);
        using var beats = new PeriodicTimer(Beat);
        while (await PassAsync(beats, BeatsBetween / 5, until))
        {
            Fault fault = await draw.NextAsync();
            done.Add(fault.Name);
            isPeace = false;
            await fault.Begin();
            int lasts = random.Next(1, BeatsBetween - (BeatsBetween / 5) + 1);
            await PassAsync(beats, lasts, until);
            fault.End();
            isPeace = true;
            await PassAsync(beats, BeatsBetween - (BeatsBetween / 5) - lasts, until);
        }
    }

    /// <summary>Lets so many beats pass.</summary>
    /// <returns>False when it is over.</returns>
    private static async Task<bool> PassAsync(PeriodicTimer beats, int count, CancellationToken until)
    {
        try
        {
            for (int i = 0; i < count; i++)
                await beats.WaitForNextTickAsync(until);
            return !until.IsCancellationRequested;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
