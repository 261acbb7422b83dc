using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Quorate.Server.Http;

/// <summary>
/// Marks the connections of <c>--listen-metrics-urls</c>: they are for whoever watches, and often open to more people than the client
/// ports are, so nothing but metrics and health is answered there.
/// </summary>
internal sealed class MetricsPort
{
    private static readonly MetricsPort Mark = new();

    private MetricsPort()
    {
    }

    /// <summary>The middleware that marks a connection.</summary>
    public static ConnectionDelegate Wrap(ConnectionDelegate next) => connection =>
    {
        connection.Features.Set(Mark);
        return next(connection);
    };

    /// <summary>Whether a request came by such a connection.</summary>
    public static bool IsOf(IFeatureCollection features) => features.Get<MetricsPort>() is not null;
}
