using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Quorate.Checkers;

/// <summary>Writes histories, one JSON object a line, as <c>docs/history-format.md</c> describes. Not thread-safe.</summary>
public sealed class HistoryWriter(TextWriter into)
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ArrayBufferWriter<byte> buffer = new();

    /// <summary>Writes one operation and the end of its line.</summary>
    public void Write(Operation operation)
    {
        buffer.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(buffer, Options))
            WriteObject(json, operation);
        into.Write(Encoding.UTF8.GetString(buffer.WrittenSpan));
        into.Write('\n');
    }

    private static void WriteObject(Utf8JsonWriter json, Operation operation)
    {
        json.WriteStartObject();
        json.WriteNumber("client", operation.Client);
        json.WriteNumber("call", operation.Call);
        if (operation.Return != long.MaxValue)
            json.WriteNumber("return", operation.Return);
        json.WriteString("op", operation.Kind switch
        {
            OperationKind.Get => "get",
            OperationKind.Put => "put",
            OperationKind.Delete => "delete",
            OperationKind.CompareAndSet => "cas",
        });
        json.WriteString("key", operation.Key);
        if (operation.Value is not null || operation.Kind == OperationKind.Get)
            json.WriteString("value", operation.Value);
        if (operation.Kind == OperationKind.CompareAndSet)
        {
            if (operation.ExpectedRevision is { } revision)
                json.WriteNumber("expect_mod_revision", revision);
            else
                json.WriteString("expect", operation.Expected);
        }

        if (operation.Changed is { } changed)
            json.WriteBoolean("changed", changed);
        if (operation.Outcome != Outcome.Ok)
            json.WriteString("outcome", operation.Outcome == Outcome.Failed ? "failed" : "unknown");
        if (operation.Revision != 0)
            json.WriteNumber("revision", operation.Revision);
        if (operation.ModRevision != 0)
            json.WriteNumber("mod_revision", operation.ModRevision);
        json.WriteEndObject();
    }
}
