using System.Text.Json;

namespace Quorate.Checkers;

/// <summary>A line of a history makes no sense. The message names line and cause.</summary>
public sealed class HistoryFormatException(int line, string cause) : Exception($"line {line}: {cause}")
{
    /// <summary>Which line, from 1.</summary>
    public int Line { get; } = line;
}

/// <summary>Reads histories: one JSON object a line, as <c>docs/history-format.md</c> describes.</summary>
public static class HistoryReader
{
    private static readonly string[] Fields =
    [
        "client", "call", "return", "op", "key", "value", "expect", "expect_mod_revision", "changed", "outcome", "revision", "mod_revision",
    ];

    /// <summary>Reads all operations; blank lines are skipped.</summary>
    /// <exception cref="HistoryFormatException">A line is no operation.</exception>
    public static List<Operation> Read(TextReader from)
    {
        var operations = new List<Operation>();
        int number = 0;
        while (from.ReadLine() is { } line)
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line))
                operations.Add(Parse(line, number));
        }

        return operations;
    }

    /// <summary>Reads one line.</summary>
    /// <exception cref="HistoryFormatException">It is no operation.</exception>
    public static Operation Parse(string line, int number)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            return Build(document.RootElement, number);
        }
        catch (JsonException malformed)
        {
            throw new HistoryFormatException(number, $"no JSON object: {malformed.Message}");
        }
    }

    private static Operation Build(JsonElement json, int line)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw new HistoryFormatException(line, "no JSON object");
        foreach (JsonProperty property in json.EnumerateObject())
        {
            if (Array.IndexOf(Fields, property.Name) < 0)
                throw new HistoryFormatException(line, $"unknown field \"{property.Name}\"");
        }

        var fields = new LineFields(json, line);
        OperationKind kind = KindOf(fields.Text("op"), line);
        Outcome outcome = OutcomeOf(fields.TextOrNull("outcome") ?? "ok", line);
        var operation = new Operation
        {
            Line = line,
            Client = fields.Number("client") ?? 0,
            Call = fields.Number("call") ?? throw new HistoryFormatException(line, "field \"call\" is missing"),
            Return = fields.Number("return") ?? long.MaxValue,
            Kind = kind,
            Key = fields.Text("key"),
            Value = fields.TextOrNull("value"),
            Expected = fields.TextOrNull("expect"),
            ExpectedRevision = fields.Number("expect_mod_revision"),
            Changed = fields.Flag("changed"),
            Outcome = outcome,
            Revision = fields.Number("revision") ?? 0,
            ModRevision = fields.Number("mod_revision") ?? 0,
        };
        Judge(operation);
        return operation;
    }

    private static void Judge(Operation operation)
    {
        if (operation.Return < operation.Call)
            throw new HistoryFormatException(operation.Line, "it returned before it was called");
        if (operation.Outcome == Outcome.Ok && operation.Return == long.MaxValue)
            throw new HistoryFormatException(operation.Line, "it is ok but has no \"return\"");
        if (operation.Kind is OperationKind.Put or OperationKind.CompareAndSet && operation.Value is null)
            throw new HistoryFormatException(operation.Line, "field \"value\" is missing");
        if (operation is { Kind: OperationKind.CompareAndSet, Outcome: Outcome.Ok, Changed: null })
            throw new HistoryFormatException(operation.Line, "field \"changed\" is missing");
    }

    private static OperationKind KindOf(string op, int line) => op switch
    {
        "get" => OperationKind.Get,
        "put" => OperationKind.Put,
        "delete" => OperationKind.Delete,
        "cas" => OperationKind.CompareAndSet,
        _ => throw new HistoryFormatException(line, $"unknown op \"{op}\""),
    };

    private static Outcome OutcomeOf(string outcome, int line) => outcome switch
    {
        "ok" => Outcome.Ok,
        "failed" => Outcome.Failed,
        "unknown" => Outcome.Unknown,
        _ => throw new HistoryFormatException(line, $"unknown outcome \"{outcome}\""),
    };

    private readonly struct LineFields(JsonElement json, int line)
    {
        public string Text(string name) =>
            TextOrNull(name) ?? throw new HistoryFormatException(line, $"field \"{name}\" is missing");

        public string? TextOrNull(string name) => !json.TryGetProperty(name, out JsonElement field) ? null : field.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.String => field.GetString(),
            _ => throw new HistoryFormatException(line, $"field \"{name}\" is no string"),
        };

        public long? Number(string name)
        {
            if (!json.TryGetProperty(name, out JsonElement field) || field.ValueKind == JsonValueKind.Null)
                return null;
            return field.ValueKind == JsonValueKind.Number && field.TryGetInt64(out long number)
                ? number
                : throw new HistoryFormatException(line, $"field \"{name}\" is no integer");
        }

        public bool? Flag(string name) => !json.TryGetProperty(name, out JsonElement field) ? null : field.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw new HistoryFormatException(line, $"field \"{name}\" is neither true nor false"),
        };
    }
}
