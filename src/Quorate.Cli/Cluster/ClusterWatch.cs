using Grpc.Net.Client;
using Quorate.Protocol.Etcdserverpb;

namespace Quorate.Cli.Cluster;

/// <summary>What a member says of itself.</summary>
/// <param name="Member">Which.</param>
/// <param name="State">running, no leader, no answer, stopped.</param>
/// <param name="Id">Its id; 0 when it does not answer.</param>
/// <param name="Leader">Whom it follows.</param>
/// <param name="Term">Its term.</param>
/// <param name="Revision">Its store's revision.</param>
/// <param name="Applied">The last entry applied.</param>
/// <param name="SizeBytes">Bytes of its data.</param>
internal sealed record MemberReport(LocalMember Member, string State, ulong Id, ulong Leader, ulong Term, long Revision, ulong Applied, long SizeBytes)
{
    /// <summary>The state of one that runs and does not answer (yet).</summary>
    public const string NoAnswer = "no answer";

    /// <summary>Whether it leads.</summary>
    public bool Leads => Id != 0 && Id == Leader;
}

/// <summary>Asks members for their status, as any client does.</summary>
internal sealed class ClusterWatch(IReadOnlyList<LocalMember> members) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(400);

    private readonly Dictionary<string, GrpcChannel> channels = members.ToDictionary(m => m.Name, m => GrpcChannel.ForAddress(m.ClientUrl));

    /// <summary>Asks all at once.</summary>
    public Task<MemberReport[]> AskAsync() => Task.WhenAll(members.Select(AskAsync));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (GrpcChannel channel in channels.Values)
            channel.Dispose();
    }

    private async Task<MemberReport> AskAsync(LocalMember member)
    {
        if (!member.IsRunning)
            return new MemberReport(member, member.Epitaph, 0, 0, 0, 0, 0, 0);
        try
        {
            var client = new Maintenance.MaintenanceClient(channels[member.Name]);
            StatusResponse status = await client.StatusAsync(new StatusRequest(), deadline: DateTime.UtcNow + Patience);
            string state = status.Leader == 0 ? "no leader" : status.IsLearner ? "learner" : "running";
            return new MemberReport(
                member, state, status.Header.MemberId, status.Leader, status.RaftTerm, status.Header.Revision, status.RaftAppliedIndex, status.DbSize);
        }
        catch (Grpc.Core.RpcException)
        {
            return new MemberReport(member, MemberReport.NoAnswer, 0, 0, 0, 0, 0, 0);
        }
    }
}
