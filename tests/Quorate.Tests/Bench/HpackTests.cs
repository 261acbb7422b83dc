using Quorate.Cli.Bench.Http2;
using Xunit;

namespace Quorate.Tests.Bench;

/// <summary>Header compression as servers use it (RFC 7541).</summary>
public sealed class HpackTests
{
    [Theory]
    [InlineData("f1e3c2e5f23a6ba0ab90f4ff", "www.example.com")]
    [InlineData("a8eb10649cbf", "no-cache")]
    [InlineData("d07abe941054d444a8200595040b8166e082a62d1bff", "Mon, 21 Oct 2013 20:13:21 GMT")]
    public void Huffman_strings_of_appendix_C_are_read(string hex, string expected)
    {
        var into = new byte[100];
        int length = HpackTables.DecodeHuffman(Convert.FromHexString(hex), into);
        Assert.Equal(expected, System.Text.Encoding.ASCII.GetString(into, 0, length));
    }

    [Fact]
    public void Responses_of_appendix_C_6_are_read_on_one_connection_with_eviction()
    {
        var decoder = new HpackDecoder();
        string[] blocks =
        [
            "3fe101" + // a table of 256 bytes, as the example has it
            "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
            "4883640effc1c0bf",
            "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
        ];

        Assert.Equal([302, 307, 200], blocks.Select(b => Read(decoder, b).HttpStatus));
    }

    [Fact]
    public void A_status_is_read_as_a_literal_and_from_the_table()
    {
        var decoder = new HpackDecoder();
        // grpc-status: 0, put in the table; then by its index; then a literal that stays out, with a message.
        ResponseHeaders first = Read(decoder, "400b" + Hex("grpc-status") + "01" + Hex("0"));
        ResponseHeaders second = Read(decoder, "be");
        ResponseHeaders third = Read(decoder, "000b" + Hex("grpc-status") + "01" + Hex("8") + "000c" + Hex("grpc-message") + "04" + Hex("many"));

        Assert.Equal((0, 0, 8), (first.GrpcStatus, second.GrpcStatus, third.GrpcStatus));
        Assert.Equal("many", third.GrpcMessage);
    }

    [Theory]
    [InlineData("be")] // an index past the tables
    [InlineData("400b6772")] // a string cut short
    [InlineData("3fffffff7f")] // a table larger than allowed
    public void What_is_malformed_is_refused(string hex) =>
        Assert.Throws<InvalidDataException>(() => Read(new HpackDecoder(), hex));

    private static ResponseHeaders Read(HpackDecoder decoder, string hex)
    {
        ResponseHeaders headers = ResponseHeaders.None;
        decoder.Decode(Convert.FromHexString(hex), ref headers);
        return headers;
    }

    private static string Hex(string text) => Convert.ToHexString(System.Text.Encoding.ASCII.GetBytes(text));
}
