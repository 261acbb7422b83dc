using Grpc.Net.Client;
using Quorate.Checkers;
using Quorate.Protocol.Etcdserverpb;

namespace Quorate.Torture;

/// <summary>Asks a random thing of a random member, one after the other.</summary>
internal sealed class RandomClient(int number, GrpcChannel[] members, KeySpace keys, Random random)
{
    private readonly KV.KVClient[] members = [.. members.Select(m => new KV.KVClient(m))];
    private readonly KeyCalls calls = new(number, keys);

    /// <summary>What it asked and heard.</summary>
    public KeyCalls Calls => calls;

    /// <summary>Goes on until <paramref name="until"/>, asking when <paramref name="pace"/> says so.</summary>
    public async Task RunAsync(Pace pace, CancellationToken until)
    {
        try
        {
            for (int i = 0; !until.IsCancellationRequested; i++)
            {
                await pace.NextAsync(until);
                await AskAsync($"{number}.{i}");
            }
        }
        catch (OperationCanceledException) when (until.IsCancellationRequested)
        {
            // The round is over.
        }
    }

    private Task<Outcome> AskAsync(string value)
    {
        KV.KVClient member = members[random.Next(members.Length)];
        int key = random.Next(keys.Count);
        // Some give up soon: what they asked for may take effect later.
        TimeSpan patience = TimeSpan.FromMilliseconds(random.Next(10) == 0 ? random.Next(5, 200) : 3000);
        return random.Next(10) switch
        {
            < 4 => calls.GetAsync(member, key, patience),
            < 7 => calls.PutAsync(member, key, value, patience),
            < 9 => calls.CompareAndSetAsync(member, key, value, random.Next(2) == 0, patience),
            _ => calls.DeleteAsync(member, key, patience),
        };
    }
}
