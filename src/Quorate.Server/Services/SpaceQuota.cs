using System.Buffers;
using Microsoft.Extensions.Logging;
using Quorate.Hosting;
using Quorate.KeyValue.Commands;
using Quorate.Server.Errors;
using Quorate.Server.Logging;
using Quorate.Server.Rpc;

namespace Quorate.Server.Services;

/// <summary>
/// <c>--quota-backend-bytes</c>. The member that is asked compares what a request would add with what its store holds, and where that crosses the
/// quota raises NOSPACE by a command in the log: from there on every member refuses alike, until the alarm is disarmed. What is measured is
/// the data that no compaction has made dead; what is under way when the quota is reached may still cross it.
/// </summary>
internal sealed class SpaceQuota(MemberState member, ServerOptions options, ILogger log)
{
    private static ReadOnlySpan<byte> AlarmPrefix => [(byte)CommandKind.Alarm];

    /// <summary>Whether a request that adds so many bytes is within the quota; one that adds nothing always is.</summary>
    public bool HasRoom(long growth) => growth == 0 || member.Store.DbSizeInUse + growth <= options.QuotaBytes;

    /// <summary>Raises the alarm, unless it is active, and refuses the call.</summary>
    public async ValueTask RefuseAsync(RpcCall call)
    {
        if (!member.Store.Alarms.Contains(new Alarm(member.Self.Value, AlarmKind.NoSpace)))
            await RaiseAsync(call.Deadline.Token);
        call.Status = EtcdErrors.NoSpace;
    }

    private async ValueTask RaiseAsync(CancellationToken cancellation)
    {
        var request = new ByteBuffer();
        new AlarmRequest { Action = AlarmAction.Activate, Member = member.Self.Value, Kind = AlarmKind.NoSpace }.Write(request);
        try
        {
            using Quorate.Hosting.Answer answer = await member.Node.ProposeAsync(
                AlarmPrefix, new ReadOnlySequence<byte>(request.Written.ToArray()), cancellation);
            log.AlarmRaised("NOSPACE", member.Self.ToString(), member.Store.DbSizeInUse, options.QuotaBytes);
        }
        catch (RequestFailedException failed)
        {
            // The call is refused all the same; the next one raises it.
            log.AlarmNotRaised("NOSPACE", failed.Message);
        }
    }
}
