using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Protocol;

public sealed class MessageMemberTests
{
    public static TheoryData<string, byte[]> Unknown => new()
    {
        { "nil", [0xC0] },
        { "true", [0xC3] },
        { "the largest unsigned number", [0xCF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF] },
        { "the smallest number", [0xD3, 0x80, 0, 0, 0, 0, 0, 0, 0] },
        { "a float32 NaN", [0xCA, 0x7F, 0xC0, 0, 0] },
        { "a bin", [0xC4, 2, 0, 0xFF] },
        { "an extension", [0xD4, 5, 1] },
        { "a timestamp", [0xD6, 0xFF, 0, 0, 0, 0] },
        { "text that is not UTF-8", [0xA2, 0xC3, 0x28] },
        { "an array of everything", [0x95, 0xC0, 0x91, 0x90, 0x80, 0xC4, 0, 0xA0] },
        { "a map with numbers as keys", [0x82, 1, 0xA1, 0x61, 2, 0x90] },
        { "a map with nil as key", [0x81, 0xC0, 0xC0] },
        { "a map of maps", [0x81, 0xA1, 0x61, 0x81, 0xA1, 0x62, 0x81, 0xA1, 0x63, 0x91, 1] },
    };

    [Theory]
    [MemberData(nameof(Unknown))]
    public void Unknown_member_is_ignored_whatever_it_holds(string what, byte[] value)
    {
        var message = Read(WorkerFrames.Map(
            "progress", ("later", WorkerFrames.Raw(value)), ("id", WorkerFrames.Whole(3)), ("stage", WorkerFrames.Text(what)),
            ("fraction", WorkerFrames.Whole(1))));

        Assert.Equal(new ProgressMessage(3, what, 1), message);
    }

    [Theory]
    [InlineData(0x91)]
    [InlineData(0x81)]
    public void Nesting_without_end_is_refused(byte opening)
    {
        // A megabyte of openings: a reader that recurses on each of them would take the host down with it.
        byte[] deep = opening == 0x91
            ? [.. Enumerable.Repeat(opening, 900_000), 0xC0]
            : [.. Enumerable.Repeat<byte[]>([0x81, 0xA1, 0x61], 300_000).SelectMany(pair => pair), 0xC0];

        Assert.Throws<ProtocolException>(() => Read(WorkerFrames.Map("progress", ("later", WorkerFrames.Raw(deep)))));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(4_294_967_296)]
    public void Input_index_that_is_none_is_refused(long index) =>
        Assert.Throws<ProtocolException>(() => Read(WorkerFrames.Error(1, "internal", input: index)));

    [Theory]
    [InlineData(-1)]
    [InlineData(2_147_483_648)]
    public void Count_that_is_none_is_refused(long count) => Assert.Throws<ProtocolException>(() => Read(WorkerFrames.Map(
        "rows", ("id", WorkerFrames.Whole(1)), ("count", WorkerFrames.Whole(count)), ("dimension", WorkerFrames.Whole(1)),
        ("compute_us", WorkerFrames.Whole(1)), ("data", WorkerFrames.Raw(0xC4, 0)))));

    [Fact]
    public void Missing_member_is_named()
    {
        var error = Assert.Throws<ProtocolException>(() => Read(WorkerFrames.Map("pong", ("id", WorkerFrames.Whole(1)))));

        Assert.Contains("'pong'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'queued'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Message_without_a_type_is_refused() =>
        Assert.Throws<ProtocolException>(() => Read(WorkerFrames.Frame([0x81, 0xA2, 0x69, 0x64, 1])));

    [Theory]
    [InlineData(new byte[] { 0xC0 })]
    [InlineData(new byte[] { 0x01 })]
    [InlineData(new byte[] { 0x90 })]
    [InlineData(new byte[] { 0xC1 })]
    [InlineData(new byte[] { 0x81, 0x01, 0x01 })]
    [InlineData(new byte[] { 0x81, 0xC0, 0x01 })]
    public void Anything_but_a_map_with_text_keys_is_refused(byte[] content) =>
        Assert.Throws<ProtocolException>(() => Read(WorkerFrames.Frame(content)));

    [Fact]
    public void Members_behind_data_are_refused() => Assert.Throws<ProtocolException>(() => Read(WorkerFrames.Map(
        "rows", ("data", WorkerFrames.Raw(0xC4, 0)), ("id", WorkerFrames.Whole(1)))));

    [Fact]
    public void Data_that_is_no_bin_is_refused() => Assert.Throws<ProtocolException>(() => Read(WorkerFrames.Map(
        "rows", ("id", WorkerFrames.Whole(1)), ("count", WorkerFrames.Whole(1)), ("dimension", WorkerFrames.Whole(1)),
        ("compute_us", WorkerFrames.Whole(1)), ("data", WorkerFrames.Raw(0xA4, 0, 0, 0, 0)))));

    private static WorkerMessage Read(byte[] frame) => MessageReader.Read(frame.AsMemory(4), out _, out _);
}
