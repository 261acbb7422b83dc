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
    [InlineData("{\"call\":1,", "line 1: no JSON object: Expected start of a property name or value, but instead reached end of data. Byte 9.")]
    [InlineData("{\"call\":1,\"return\":2,\"op\":\"put\",\"key\":\"k\",\"value\":\"v\",\"revision\":-3}", "line 1: field \"revision\" is negative")]
    [InlineData("{\"call\":1,\"return\":2,\"op\":\"get\",\"key\":\"k\",\"value\":null,\"mod_revision\":-7}", "line 1: field \"mod_revision\" is negative")]
    [InlineData("{\"call\":1,\"return\":2,\"op\":\"get\",\"key\":\"k\"}", "line 1: it is ok but has no \"value\"; null says that the key was absent")]
    [InlineData("{\"call\":1,\"return\":2,\"op\":\"cas\",\"key\":\"k\",\"value\":\"v\",\"changed\":true}",
        "line 1: a cas has either \"expect\" or \"expect_mod_revision\", this one neither")]
    [InlineData("{\"call\":1,\"return\":2,\"op\":\"cas\",\"key\":\"k\",\"value\":\"v\",\"changed\":true,\"expect\":null,\"expect_mod_revision\":0}",
        "line 1: a cas has either \"expect\" or \"expect_mod_revision\", this one both")]
    [InlineData("{\"call\":1,\"op\":\"cas\",\"key\":\"k\",\"value\":\"v\",\"outcome\":\"unknown\"}",
        "line 1: a cas has either \"expect\" or \"expect_mod_revision\", this one neither")]
    [InlineData("{\"call\":1,\"return\":2,\"op\":\"cas\",\"key\":\"k\",\"value\":\"v\",\"changed\":true,\"expect_mod_revision\":null}",
        "line 1: field \"expect_mod_revision\" is no integer")]
    [InlineData("{\"call\":1,\"return\":null,\"op\":\"delete\",\"key\":\"k\",\"outcome\":\"unknown\"}", "line 1: field \"return\" is no integer")]
    [InlineData("{\"call\":1,\"return\":2,\"op\":\"delete\",\"key\":\"k\",\"changed\":null}", "line 1: field \"changed\" is neither true nor false")]
    [InlineData("{\"call\":1,\"return\":2,\"op\":\"put\",\"key\":\"k\",\"value\":null}", "line 1: field \"value\" is no string")]
    [InlineData("{\"call\":1,\"return\":2,\"op\":\"put\",\"key\":\"k\",\"value\":\"v\",\"expect\":\"u\"}", "line 1: field \"expect\" is not one of a put")]
    [InlineData("{\"call\":1,\"return\":2,\"op\":\"delete\",\"key\":\"k\",\"mod_revision\":3}", "line 1: field \"mod_revision\" is not one of a delete")]
    [InlineData("{\"call\":1,\"return\":2,\"op\":\"get\",\"key\":\"k\",\"value\":\"1\",\"value\":\"2\"}", "line 1: field \"value\" is there twice")]
    [InlineData("{\"call\":1,\"return\":2,\"op\":\"get\",\"key\":\"k\",\"value\":\"\\uD800\"}", "line 1: a text holds half a surrogate pair")]
    [InlineData("", "line 1: the history ends before its first operation")]
    [InlineData("\n \n", "line 3: the history ends before its first operation")]
    public void A_line_that_makes_no_sense_is_named(string text, string message)
    {
        Assert.Equal(message, Assert.Throws<HistoryFormatException>(() => HistoryReader.Read(new StringReader(text))).Message);
    }

    [Theory]
    [InlineData("{\"call\":1,\"return\":2,\"op\":\"get\",\"key\":\"k\",\"value\":null}")]
    [InlineData("{\"call\":1,\"return\":2,\"op\":\"cas\",\"key\":\"k\",\"expect\":null,\"value\":\"v\",\"changed\":true}")]
    [InlineData("{\"call\":1,\"op\":\"get\",\"key\":\"k\",\"outcome\":\"unknown\"}")] // nothing was read
    [InlineData("{\"call\":1,\"return\":2,\"op\":\"get\",\"key\":\"k\",\"outcome\":\"failed\"}")]
    [InlineData("{\"call\":1,\"return\":2,\"op\":\"delete\",\"key\":\"k\"}")] // not known whether there was something
    public void What_was_absent_or_not_learned_is_read(string text) => Assert.Single(HistoryReader.Read(new StringReader(text)));

    [Fact]
    public void A_line_that_is_no_json_is_named()
    {
        Assert.StartsWith("line 1: no JSON object: ", Assert.Throws<HistoryFormatException>(() => HistoryReader.Read(new StringReader("{"))).Message);
    }
}
