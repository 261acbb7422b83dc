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
    private static readonly string[] FieldsOfAll = ["client", "call", "return", "op", "key", "outcome", "revision"];
    private static readonly string[] FieldsOfSome = ["value", "expect", "expect_mod_revision", "changed", "mod_revision"];

    /// <summary>Reads all operations; blank lines are skipped.</summary>
    /// <exception cref="HistoryFormatException">A line is no operation, or there is none: a history that got lost must not pass.</exception>
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

        return operations.Count > 0 ? operations : throw new HistoryFormatException(number + 1, "the history ends before its first operation");
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
            // Where it is wrong is said within this one line, whose number is none of the file's.
            string cause = malformed.Message.Split(" LineNumber:")[0];
            throw new HistoryFormatException(number, $"no JSON object: {cause} Byte {malformed.BytePositionInLine}.");
        }
        catch (InvalidOperationException)
        {
            // Well-formed JSON may escape what is no Unicode; its texts are decoded only when they are asked for.
            throw new HistoryFormatException(number, "a text holds half a surrogate pair");
        }
    }

    private static Operation Build(JsonElement json, int line)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw new HistoryFormatException(line, "no JSON object");
        var fields = new LineFields(json, line);
        fields.CheckNames();
        string op = fields.Text("op");
        OperationKind kind = KindOf(op, line);
        fields.CheckNamesOf(op, kind);
        var operation = new Operation
        {
            Line = line,
            Client = fields.Number("client") ?? 0,
            Call = fields.Number("call") ?? throw new HistoryFormatException(line, "field \"call\" is missing"),
            Return = fields.Number("return") ?? long.MaxValue,
            Kind = kind,
            Key = fields.Text("key"),
            Value = kind == OperationKind.Get ? fields.TextOrAbsent("value") : fields.TextOrNull("value"),
            Expected = fields.TextOrAbsent("expect"),
            ExpectedRevision = fields.Revision("expect_mod_revision"),
            Changed = fields.Flag("changed"),
            Outcome = OutcomeOf(fields.TextOrNull("outcome") ?? "ok", line),
            Revision = fields.Revision("revision") ?? 0,
            ModRevision = fields.Revision("mod_revision") ?? 0,
        };
        Judge(operation, fields);
        return operation;
    }

    private static void Judge(Operation operation, in LineFields fields)
    {
        if (operation.Return < operation.Call)
            throw new HistoryFormatException(operation.Line, "it returned before it was called");
        if (operation.Outcome == Outcome.Ok && !fields.Has("return"))
            throw new HistoryFormatException(operation.Line, "it is ok but has no \"return\"");
        if (operation is { Kind: OperationKind.Get, Outcome: Outcome.Ok } && !fields.Has("value"))
            throw new HistoryFormatException(operation.Line, "it is ok but has no \"value\"; null says that the key was absent");
        if (operation.Kind is OperationKind.Put or OperationKind.CompareAndSet && operation.Value is null)
            throw new HistoryFormatException(operation.Line, "field \"value\" is missing");
        if (operation is { Kind: OperationKind.CompareAndSet, Outcome: Outcome.Ok, Changed: null })
            throw new HistoryFormatException(operation.Line, "field \"changed\" is missing");
        bool byValue = fields.Has("expect");
        if (operation.Kind == OperationKind.CompareAndSet && byValue == fields.Has("expect_mod_revision"))
            throw new HistoryFormatException(
                operation.Line, $"a cas has either \"expect\" or \"expect_mod_revision\", this one {(byValue ? "both" : "neither")}");
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

    /// <summary>Whether an operation of this kind may have that field of <see cref="FieldsOfSome"/>.</summary>
    private static bool IsOf(OperationKind kind, string field) => kind switch
    {
        OperationKind.Get => field is "value" or "mod_revision",
        OperationKind.Put => field is "value",
        OperationKind.Delete => field is "changed",
        OperationKind.CompareAndSet => field is "value" or "expect" or "expect_mod_revision" or "changed",
    };

    private readonly struct LineFields(JsonElement json, int line)
    {
        /// <summary>Looks whether each field is one of the format's, and there once: of two, JSON does not say which counts.</summary>
        public void CheckNames()
        {
            var names = new HashSet<string>(StringComparer.Ordinal);
            foreach (JsonProperty property in json.EnumerateObject())
            {
                if (!FieldsOfAll.Contains(property.Name) && !FieldsOfSome.Contains(property.Name))
                    throw new HistoryFormatException(line, $"unknown field \"{property.Name}\"");
                if (!names.Add(property.Name))
                    throw new HistoryFormatException(line, $"field \"{property.Name}\" is there twice");
            }
        }

        /// <summary>Looks whether each field is one of this operation's.</summary>
        public void CheckNamesOf(string op, OperationKind kind)
        {
            foreach (JsonProperty property in json.EnumerateObject())
            {
                if (!FieldsOfAll.Contains(property.Name) && !IsOf(kind, property.Name))
                    throw new HistoryFormatException(line, $"field \"{property.Name}\" is not one of a {op}");
            }
        }

        public bool Has(string name) => json.TryGetProperty(name, out _);

        public string Text(string name) =>
            TextOrNull(name) ?? throw new HistoryFormatException(line, $"field \"{name}\" is missing");

        /// <summary>The text; null when the field is not there.</summary>
        public string? TextOrNull(string name)
        {
            if (!json.TryGetProperty(name, out JsonElement field))
                return null;
            return field.ValueKind == JsonValueKind.String
                ? field.GetString()
                : throw new HistoryFormatException(line, $"field \"{name}\" is no string");
        }

        /// <summary>As <see cref="TextOrNull"/>, where null stands for an absent key.</summary>
        public string? TextOrAbsent(string name) =>
            json.TryGetProperty(name, out JsonElement field) && field.ValueKind == JsonValueKind.Null ? null : TextOrNull(name);

        /// <summary>The number; null when the field is not there.</summary>
        public long? Number(string name)
        {
            if (!json.TryGetProperty(name, out JsonElement field))
                return null;
            return field.ValueKind == JsonValueKind.Number && field.TryGetInt64(out long number)
                ? number
                : throw new HistoryFormatException(line, $"field \"{name}\" is no integer");
        }

        /// <summary>The revision; null when the field is not there.</summary>
        public long? Revision(string name) => Number(name) is not < 0 and var number
            ? number
            : throw new HistoryFormatException(line, $"field \"{name}\" is negative");

        /// <summary>Yes or no; null when the field is not there.</summary>
        public bool? Flag(string name) => !json.TryGetProperty(name, out JsonElement field) ? null : field.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw new HistoryFormatException(line, $"field \"{name}\" is neither true nor false"),
        };
    }
}
