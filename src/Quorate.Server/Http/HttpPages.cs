using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Quorate.Hosting;
using Quorate.KeyValue.Commands;
using Quorate.Server.Errors;
using Quorate.Server.Metrics;
using Quorate.Server.Rpc;
using Quorate.Server.Services;

namespace Quorate.Server.Http;

/// <summary>The plain HTTP side of a client port: health, version, metrics.</summary>
internal sealed class HttpPages(MemberState member, ServerMetrics metrics, RpcTable table)
{
    /// <summary>Answers a request.</summary>
    public async Task AnswerAsync(IFeatureCollection features, IHttpRequestFeature request)
    {
        switch (request.Path)
        {
            case not ("/health" or "/metrics") when MetricsPort.IsOf(features):
                await SendAsync(features, 404, "text/plain; charset=utf-8", "404 page not found\n");
                break;
            case "/health" when IsGet(request):
                await HealthAsync(features, request);
                break;
            case "/version" when IsGet(request):
                await SendAsync(
                    features,
                    200,
                    "application/json",
                    $$"""{"etcdserver":"{{ServerCommandLine.EtcdVersion}}","etcdcluster":"{{ServerCommandLine.ClusterVersion}}","storage":"{{ServerCommandLine.ClusterVersion}}"}""");
                break;
            case "/metrics" when IsGet(request):
                metrics.Scrapes.Increment();
                await SendAsync(features, 200, "text/plain; version=0.0.4; charset=utf-8", metrics.Write(member, table));
                break;
            case "/health" or "/version" or "/metrics":
                await SendAsync(features, 405, "text/plain; charset=utf-8", "Method Not Allowed\n");
                break;
            default:
                await SendAsync(features, 404, "text/plain; charset=utf-8", "404 page not found\n");
                break;
        }
    }

    private static bool IsGet(IHttpRequestFeature request) => request.Method == "GET";

    private async Task HealthAsync(IFeatureCollection features, IHttpRequestFeature request)
    {
        var query = QueryHelpers.ParseQuery(request.QueryString);
        string? reason = FindAlarm(query.TryGetValue("exclude", out var excluded) ? excluded : [])
            ?? await FindFaultAsync(query.TryGetValue("serializable", out var serializable) && serializable == "true");
        (reason is null ? metrics.HealthSuccesses : metrics.HealthFailures).Increment();
        await SendAsync(
            features,
            reason is null ? 200 : 503,
            "application/json",
            reason is null ? """{"health":"true","reason":""}""" : $$"""{"health":"false","reason":"{{reason}}"}""");
    }

    private string? FindAlarm(StringValues excluded)
    {
        if (!member.IsStarted)
            return null;
        foreach (Alarm alarm in member.Store.Alarms.All)
        {
            if (!excluded.Contains(alarm.Kind.Word()))
                return $"ALARM {alarm.Kind.Word()}";
        }

        return null;
    }

    /// <summary>Why the member is not healthy; null when it is.</summary>
    private async Task<string?> FindFaultAsync(bool serializable)
    {
        if (!member.IsStarted || (!serializable && !member.HasLeader))
            return "RAFT NO LEADER";
        if (serializable)
            return null;
        try
        {
            await member.Node.ReadBarrierAsync();
            return null;
        }
        catch (RequestFailedException failed)
        {
            return $"RANGE ERROR:{EtcdErrors.Of(failed.Failure).Text}";
        }
    }

    private static async Task SendAsync(IFeatureCollection features, int status, string type, string body)
    {
        var response = features.GetRequiredFeature<IHttpResponseFeature>();
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        response.StatusCode = status;
        response.Headers.ContentType = type;
        response.Headers.ContentLength = bytes.Length;
        if (features.GetRequiredFeature<IHttpRequestFeature>().Method != "HEAD")
            await features.GetRequiredFeature<IHttpResponseBodyFeature>().Writer.WriteAsync(bytes);
    }
}
