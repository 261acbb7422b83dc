namespace Quorate.Torture;

/// <summary>Draws faults: of members and of the ways between them.</summary>
internal sealed class FaultDraw(TortureCluster cluster, Random random)
{
    private FaultNetwork Network => cluster.Network;

    /// <summary>Draws one. Every other time it befalls the leader, where one is known.</summary>
    public async Task<Fault> NextAsync()
    {
        int victim = random.Next(TortureCluster.Size);
        if (random.Next(2) == 0 && await cluster.LeaderAsync() is { } leader)
            victim = leader;
        int other = (victim + 1 + random.Next(TortureCluster.Size - 1)) % TortureCluster.Size;
        return random.Next(12) switch
        {
            0 or 1 => Kill(victim),
            2 => KillAll(),
            3 => Stop(victim),
            4 or 5 => Pause(victim),
            6 => Held($"m{victim + 1} hears and is heard by nobody", Network.Around(victim)),
            7 => Held($"m{victim + 1} is heard by nobody", Network.Out(victim)),
            8 => Held($"m{victim + 1} hears nobody", Network.Into(victim)),
            9 => Held($"m{other + 1} does not hear m{victim + 1}", [Network.From(victim, other)]),
            10 => Cut(victim, other),
            _ => Slow(victim),
        };
    }

    private Fault Kill(int member) =>
        new($"kill -9 m{member + 1}", () => cluster.KillAsync(member), () => cluster.Start(member));

    private Fault KillAll() => new(
        "kill -9 all",
        () => Task.WhenAll(cluster.Running.ToArray().Select(cluster.KillAsync)),
        () =>
        {
            for (int i = 0; i < TortureCluster.Size; i++)
                cluster.Start(i);
        });

    private Fault Stop(int member) =>
        new($"SIGTERM m{member + 1}", () => cluster.StopAsync(member), () => cluster.Start(member));

    private Fault Pause(int member) => new($"SIGSTOP m{member + 1}", Do(() => cluster.Pause(member)), () => cluster.Resume(member));

    private Fault Held(string name, IEnumerable<Way> ways)
    {
        Way[] all = [.. ways];
        return new Fault(name, Do(() => Array.ForEach(all, w => w.Hold())), Network.Heal);
    }

    private Fault Cut(int one, int other) => new(
        $"m{one + 1} and m{other + 1} are cut apart",
        Do(() => Network.Cut([Network.From(one, other), Network.From(other, one)])),
        Network.Heal);

    private Fault Slow(int member)
    {
        TimeSpan by = TimeSpan.FromMilliseconds(random.Next(20, 800));
        return new Fault(
            $"m{member + 1} is {by.TotalMilliseconds} ms away",
            Do(() =>
            {
                foreach (Way way in Network.Around(member))
                    way.Slow(by);
            }),
            Network.Heal);
    }

    private static Func<Task> Do(Action begin) => () =>
    {
        begin();
        return Task.CompletedTask;
    };
}
