using System.Buffers;
using Microsoft.Extensions.Logging;

namespace Quorate.Server.Logging;

/// <summary>Loggers that write to one sink: etcd's JSON lines, or lines for people. What the web server says is logged from warnings on.</summary>
internal sealed class ServerLoggerFactory(LogSink sink, LogLevel least, bool forPeople, bool colours) : ILoggerFactory
{
    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new LineLogger(this, Caller(categoryName), Least(categoryName));

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("there is one sink");

    /// <inheritdoc/>
    public void Dispose() => sink.Dispose();

    /// <summary>A caller in etcd's manner, folder and file: <c>Quorate.Server.ServerHost</c> becomes <c>server/ServerHost</c>.</summary>
    internal static string Caller(string category)
    {
        string[] parts = category.Split('.', StringSplitOptions.RemoveEmptyEntries);
        return parts.Length switch
        {
            0 => "quorate",
            1 => parts[0],
            _ => $"{parts[^2].ToLowerInvariant()}/{parts[^1]}",
        };
    }

    private LogLevel Least(string category) =>
        category.StartsWith("Microsoft.", StringComparison.Ordinal) && least < LogLevel.Warning ? LogLevel.Warning : least;

    private sealed class LineLogger(ServerLoggerFactory factory, string caller, LogLevel least) : ILogger
    {
        [ThreadStatic]
        private static ArrayBufferWriter<byte>? line;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= least && logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            // It does speak HTTP/2: the sniffer sees to it.
            if (!IsEnabled(logLevel) || eventId.Name == "Http2DisabledWithHttp1AndNoTls")
                return;
            IReadOnlyList<KeyValuePair<string, object?>> fields = state as IReadOnlyList<KeyValuePair<string, object?>> ?? [];
            if (exception is not null)
                fields = [.. fields, new("error", exception.Message)];
            string message = formatter(state, exception);
            ArrayBufferWriter<byte> into = line ??= new ArrayBufferWriter<byte>(512);
            into.ResetWrittenCount();
            if (factory.IsForPeople)
                LogFormat.WriteText(into, DateTime.Now, logLevel, message, fields, factory.HasColours);
            else
                LogFormat.WriteJson(into, DateTime.UtcNow, logLevel, caller, message, fields);
            factory.Sink.Write(into.WrittenSpan);
        }
    }

    private LogSink Sink => sink;

    private bool IsForPeople => forPeople;

    private bool HasColours => colours;
}
