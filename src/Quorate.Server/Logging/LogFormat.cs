using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Quorate.Server.Logging;

/// <summary>Field names and lines, as etcd writes them or as people read them.</summary>
internal static class LogFormat
{
    private static readonly JsonWriterOptions JsonOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>etcd's line: level, ts, caller, msg, then fields.</summary>
    public static void WriteJson(
        ArrayBufferWriter<byte> into, DateTime utc, LogLevel level, string caller, string message, IReadOnlyList<KeyValuePair<string, object?>> fields)
    {
        using (var json = new Utf8JsonWriter(into, JsonOptions))
        {
            json.WriteStartObject();
            json.WriteString("level", LevelName(level));
            json.WriteString("ts", utc.ToString("yyyy-MM-ddTHH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
            json.WriteString("caller", caller);
            json.WriteString("msg", message);
            foreach ((string name, object? value) in fields)
            {
                if (name == "{OriginalFormat}")
                    continue;
                json.WritePropertyName(FieldName(name));
                WriteValue(json, value);
            }

            json.WriteEndObject();
        }

        into.Write("\n"u8);
    }

    /// <summary>A line for people: time of day, level, message, fields that are not in it yet.</summary>
    public static void WriteText(
        ArrayBufferWriter<byte> into, DateTime local, LogLevel level, string message, IReadOnlyList<KeyValuePair<string, object?>> fields, bool colours)
    {
        var line = new StringBuilder();
        line.Append(local.ToString("HH:mm:ss.fff ", CultureInfo.InvariantCulture));
        if (colours)
            line.Append(level switch { >= LogLevel.Error => "\x1b[31m", LogLevel.Warning => "\x1b[33m", LogLevel.Information => "\x1b[32m", _ => "\x1b[2m" });
        line.Append(LevelName(level).PadRight(5));
        if (colours)
            line.Append("\x1b[0m");
        line.Append("  ").Append(message);
        foreach ((string name, object? value) in fields)
        {
            if (name == "{OriginalFormat}" || (value is string said && said.Length > 0 && message.Contains(said, StringComparison.Ordinal)))
                continue;
            line.Append("  ").Append(colours ? "\x1b[2m" : "").Append(FieldName(name)).Append('=').Append(colours ? "\x1b[0m" : "");
            line.Append(Spell(value));
        }

        line.Append('\n');
        Encoding.UTF8.GetBytes(line.ToString(), into);
    }

    /// <summary>etcd's spelling of a parameter's name: <c>dataDir</c> becomes <c>data-dir</c>.</summary>
    public static string FieldName(string name)
    {
        var kebab = new StringBuilder(name.Length + 4);
        for (int i = 0; i < name.Length; i++)
        {
            if (char.IsAsciiLetterUpper(name[i]) && i > 0)
                kebab.Append('-');
            kebab.Append(char.ToLowerInvariant(name[i]));
        }

        return kebab.ToString();
    }

    private static string LevelName(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "error",
        LogLevel.Critical or LogLevel.None => "fatal",
    };

    private static string Spell(object? value) => value switch
    {
        null => "",
        string text => text.Contains(' ', StringComparison.Ordinal) ? $"\"{text}\"" : text,
        IEnumerable list => string.Join(',', list.Cast<object?>()),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case string text:
                json.WriteStringValue(text);
                break;
            case bool truth:
                json.WriteBooleanValue(truth);
                break;
            case int number:
                json.WriteNumberValue(number);
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            case ulong number:
                json.WriteNumberValue(number);
                break;
            case IEnumerable list:
                json.WriteStartArray();
                foreach (object? item in list)
                    WriteValue(json, item);
                json.WriteEndArray();
                break;
            default:
                json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }
}
