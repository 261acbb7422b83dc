using Microsoft.Extensions.Logging;
using Quorate.Consensus;
using Quorate.Hosting;
using Quorate.Replica;
using Quorate.Server.Logging;

namespace Quorate.Server;

/// <summary>What a start with <c>--rejoin</c> found, and what it asks of the others.</summary>
internal static class Comeback
{
    /// <summary>What was in the directory, in words.</summary>
    public static string FoundBy(QuorateNode node) =>
        node.StartCount > 1 ? "is whole: nothing was set aside"
        : IsOfNewInstance(node) ? "is new: this member asks the others to take it back as a new instance"
        : "held nothing but an unfinished first start: this member goes on with that and asks nobody; the flag can be left out";

    /// <summary>Ends once a new instance is a voter, as the lost one was. A founder's directory that is whole asks for nothing: its member may be a learner by intent.</summary>
    public static async Task BecomeVoterAsync(QuorateNode node, NodeId self, ILogger log, CancellationToken stopping)
    {
        if (!IsOfNewInstance(node) || node.Status.Configuration.IsVoter(self, node.Instance))
            return;
        try
        {
            await node.BecomeVoterAsync(stopping);
            log.Rejoined(self.ToString(), node.Instance.ToString());
        }
        catch (Exception e) when (e is OperationCanceledException or RequestFailedException { Failure.Reason: FailureReason.Stopped })
        {
            // The member stops: started again with --rejoin it goes on asking.
        }
        catch (RequestFailedException refused)
        {
            log.Warn($"--rejoin: this member stays a learner, it was not promoted: {refused.Message}");
        }
    }

    // A directory that knows a first configuration was begun as a founder's, alone or with others: it needs nobody to take it back. This start made one
    // that knows none, or an earlier one with the flag, which may not have come to its end.
    private static bool IsOfNewInstance(QuorateNode node) => node.FirstConfiguration.Members.IsEmpty;
}
