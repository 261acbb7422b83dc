using Microsoft.Extensions.Logging;
using Quorate.Consensus;
using Quorate.Hosting;
using Quorate.Replica;
using Quorate.Server.Identity;
using Quorate.Server.Logging;
using EtcdMember = Quorate.Protocol.Etcdserverpb.Member;

namespace Quorate.Server;

/// <summary>Tells the cluster this member's name and client URLs, once a leader is known; MemberList shows both empty until then.</summary>
internal sealed class Publisher(QuorateNode node, NodeId self, ServerOptions options, ILogger log)
{
    private readonly string[] clientUrls = [.. options.AdvertiseClientUrls.Select(u => u.Text)];

    private enum Outcome : byte
    {
        Published,
        TryAgain,
        Wait,
    }

    /// <summary>Ends when the cluster knows them.</summary>
    /// <returns>False when the member stopped before.</returns>
    public async Task<bool> PublishAsync(CancellationToken stopping)
    {
        using var news = new NodeNews(node);
        var stopped = new TaskCompletionSource();
        using CancellationTokenRegistration registration = stopping.Register(stopped.SetResult);
        while (!stopping.IsCancellationRequested && !node.Stopped.IsCompleted)
        {
            // Taken before anything is looked at: what changes from here on ends it.
            Task next = news.Next;
            Outcome outcome = await LookAsync(stopping);
            if (outcome == Outcome.Published)
                return true;
            if (outcome == Outcome.Wait)
                await Task.WhenAny(next, node.Stopped, stopped.Task);
        }

        return false;
    }

    private async Task<Outcome> LookAsync(CancellationToken stopping)
    {
        NodeStatus status = node.Status;
        if (status.Leader.IsNone || status.Configuration.Find(self) is not { } known)
            return Outcome.Wait;
        EtcdMember now = MemberContext.Read(known);
        if (now.Name == options.Name && now.ClientURLs.SequenceEqual(clientUrls))
            return Outcome.Published;
        return await TryAsync(known with { Context = MemberContext.Write(now.PeerURLs, options.Name, clientUrls) }, stopping);
    }

    private async Task<Outcome> TryAsync(Member wanted, CancellationToken stopping)
    {
        try
        {
            await node.ChangeAsync([new MemberChange(ChangeKind.Update, wanted)], stopping);
            return Outcome.Published;
        }
        catch (RequestFailedException failed)
        {
            // To publish twice does no harm, so what may have been lost is tried again; what was refused is when something has changed.
            log.PublishWaits(failed.Message);
            return failed.Failure.Reason is FailureReason.OutcomeUnknown or FailureReason.TimedOut ? Outcome.TryAgain : Outcome.Wait;
        }
        catch (OperationCanceledException)
        {
            return Outcome.Wait; // the member stops
        }
    }
}
