using Quorate.Checkers;
using Xunit;

namespace Quorate.Tests.Checkers;

/// <summary>The format of <c>docs/history-format.md</c>.</summary>
public sealed class HistoryFormatTests
{
    [Fact]
    public void What_is_written_is_read_back()
    {
        Operation[] history =
        [
            new() { Client = 1, Kind = OperationKind.Put, Key = "k\n\"ü", Call = 1, Return = 2, Value = "v", Revision = 9 },
            new() { Client = 2, Kind = OperationKind.Get, Key = "k", Call = 1, Return = 2, Value = null, Revision = 9 },
            new() { Client = 2, Kind = OperationKind.Get, Key = "k", Call = 1, Return = 2, Value = "v", ModRevision = 3, Revision = 9 },
            new() { Client = 3, Kind = OperationKind.Delete, Key = "k", Call = 1, Return = 5, Changed = false },
            new() { Client = 3, Kind = OperationKind.Delete, Key = "k", Call = 1, Outcome = Outcome.Unknown },
            new() { Kind = OperationKind.CompareAndSet, Key = "k", Call = 1, Return = 5, Value = "w", Expected = "v", Changed = true },
            new() { Kind = OperationKind.CompareAndSet, Key = "k", Call = 1, Return = 5, Value = "w", Expected = null, Changed = false },
            new() { Kind = OperationKind.CompareAndSet, Key = "k", Call = 1, Value = "w", ExpectedRevision = 0, Outcome = Outcome.Unknown },
            new() { Kind = OperationKind.Put, Key = "k", Call = 1, Return = 5, Value = "w", Outcome = Outcome.Failed },
        ];
        var text = new StringWriter();
        var writer = new HistoryWriter(text);
        foreach (Operation operation in history)
            writer.Write(operation);

        List<Operation> read = HistoryReader.Read(new StringReader(text.ToString()));
        Assert.Equal(history.Select((o, i) => o with { Line = i + 1 }), read);
    }

    [Theory]
    [InlineData("{\"call\":1,\"return\":2,\"op\":\"put\",\"key\":\"k\"}", "line 1: field \"value\" is missing")]
    [InlineData("{\"call\":1,\"return\":2,\"op\":\"push\",\"key\":\"k\"}", "line 1: unknown op \"push\"")]
    [InlineData("\n{\"call\":3,\"return\":2,\"op\":\"get\",\"key\":\"k\"}", "line 2: it returned before it was called")]
    [InlineData("{\"call\":1,\"op\":\"get\",\"key\":\"k\"}", "line 1: it is ok but has no \"return\"")]
    [InlineData("{\"call\":1,\"return\":2,\"op\":\"get\",\"key\":\"k\",\"valeu\":\"1\"}", "line 1: unknown field \"valeu\"")]
    [InlineData("{\"call\":\"1\",\"return\":2,\"op\":\"get\",\"key\":\"k\"}", "line 1: field \"call\" is no integer")]
    [InlineData("[1]", "line 1: no JSON object")]
    public void A_line_that_makes_no_sense_is_named(string text, string message)
    {
        Assert.Equal(message, Assert.Throws<HistoryFormatException>(() => HistoryReader.Read(new StringReader(text))).Message);
    }

    [Fact]
    public void A_line_that_is_no_json_is_named()
    {
        Assert.StartsWith("line 1: ", Assert.Throws<HistoryFormatException>(() => HistoryReader.Read(new StringReader("{"))).Message);
    }
}
