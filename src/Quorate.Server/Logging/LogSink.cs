namespace Quorate.Server.Logging;

/// <summary>Where log lines go: stderr, stdout and files. A line is written as a whole, whichever thread it comes from.</summary>
internal sealed class LogSink : IDisposable
{
    private readonly Lock gate = new();
    private readonly List<Stream> streams = [];

    /// <summary>Opens the outputs.</summary>
    /// <exception cref="Flags.ConfigurationException">A file cannot be opened.</exception>
    public LogSink(IReadOnlyList<string> outputs)
    {
        foreach (string output in outputs)
            streams.Add(Open(output));
    }

    /// <summary>For tests: writes to <paramref name="stream"/>.</summary>
    public LogSink(Stream stream) => streams.Add(stream);

    /// <summary>Writes one line, its end included.</summary>
    public void Write(ReadOnlySpan<byte> line)
    {
        lock (gate)
        {
            foreach (Stream stream in streams)
            {
                try
                {
                    stream.Write(line);
                    stream.Flush();
                }
                catch (IOException)
                {
                    // The reader of our stderr has gone, or the log's disk is full: the member serves on without this line,
                    // and there is nowhere to say so.
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
        {
            foreach (Stream stream in streams)
                stream.Dispose();
            streams.Clear();
        }
    }

    private static Stream Open(string output)
    {
        switch (output)
        {
            case "stderr":
                return Console.OpenStandardError();
            case "stdout":
                return Console.OpenStandardOutput();
        }

        try
        {
            return new FileStream(output, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw Flags.ConfigurationException.Refused($"--log-outputs: {output}: {cause.Message}");
        }
    }
}
