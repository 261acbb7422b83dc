using Microsoft.Extensions.Logging;
using Quorate.Consensus;
using Quorate.Hosting;
using Quorate.Server.Identity;
using Quorate.Server.Logging;
using EtcdMember = Quorate.Protocol.Etcdserverpb.Member;

namespace Quorate.Server;

/// <summary>Tells the cluster this member's name and client URLs, once a leader is known; MemberList shows both empty until then.</summary>
internal sealed class Publisher(QuorateNode node, NodeId self, ServerOptions options, ILogger log)
{
    // Between two looks at who leads, and between two tries while another member's change is pending.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly string[] clientUrls = [.. options.AdvertiseClientUrls.Select(u => u.Text)];

    /// <summary>Ends when the cluster knows them.</summary>
    /// <returns>False when the member stopped before.</returns>
    public async Task<bool> PublishAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested && !node.Stopped.IsCompleted)
        {
            NodeStatus status = node.Status;
            if (!status.Leader.IsNone && status.Configuration.Find(self) is { } known)
            {
                EtcdMember now = MemberContext.Read(known);
                if (now.Name == options.Name && now.ClientURLs.SequenceEqual(clientUrls))
                    return true;
                if (await TryAsync(known with { Context = MemberContext.Write(now.PeerURLs, options.Name, clientUrls) }, stopping))
                    return true;
            }

            await Task.Delay(Pause, CancellationToken.None);
        }

        return false;
    }

    private async Task<bool> TryAsync(Member wanted, CancellationToken stopping)
    {
        try
        {
            await node.ChangeAsync([new MemberChange(ChangeKind.Update, wanted)], stopping);
            return true;
        }
        catch (RequestFailedException failed)
        {
            // Another member's change is pending, or the leader has just gone: look again. To publish twice does no harm.
            log.PublishWaits(failed.Message);
            return false;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
