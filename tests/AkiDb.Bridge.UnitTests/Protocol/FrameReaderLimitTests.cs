using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Protocol;

public sealed class FrameReaderLimitTests
{
    private const int Limit = ProtocolVersion.DefaultMaxFrameBytes;

    // The reader owns one buffer of 64 KiB; a length that was believed would cost far more than this.
    private const long Allowance = 256 * 1024;

    [Theory]
    [InlineData(0u)]
    [InlineData(Limit + 1u)]
    [InlineData(0x7FFFFFFFu)]
    [InlineData(0x80000000u)]
    [InlineData(uint.MaxValue)]
    public void Length_outside_the_limits_ends_the_stream_before_anything_is_allocated(uint length)
    {
        var stream = new byte[100];
        BitConverter.TryWriteBytes(stream, length);

        Refuse(stream);
    }

    [Fact]
    public void Large_frame_without_rows_is_refused_before_it_is_allocated()
    {
        var frame = WorkerFrames.Progress(1, new string('x', ProtocolVersion.MaxSmallFrameBytes));

        Refuse(frame);
    }

    [Fact]
    public void Middling_frame_without_rows_is_read()
    {
        var stage = new string('x', 300_000);
        var reader = new FrameReader(new ScriptedStream(WorkerFrames.Progress(1, stage), 1000), Limit, new RowsSink());

        var message = reader.Read();

        Assert.Equal(new ProgressMessage(1, stage, 0.5), message);
    }

    [Fact]
    public void Rows_of_a_terabyte_in_a_small_frame_are_refused()
    {
        // An array header or a bin header may claim what it likes: the frame's length is what counts.
        byte[] claim = [0xC6, 0xFF, 0xFF, 0xFF, 0xFF];
        var frame = WorkerFrames.Map(
            "rows", ("id", WorkerFrames.Whole(1)), ("count", WorkerFrames.Whole(int.MaxValue)), ("dimension", WorkerFrames.Whole(int.MaxValue)),
            ("compute_us", WorkerFrames.Whole(1)), ("data", WorkerFrames.Raw(claim)));

        Refuse(frame);
    }

    [Theory]
    [InlineData(new byte[] { 0xDF, 0xFF, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 0xDF, 0x7F, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 0x81, 0xA1, 0x61, 0xDD, 0x7F, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 0x81, 0xA1, 0x61, 0xDB, 0x7F, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 0x81, 0xA1, 0x61, 0xDF, 0x7F, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 0x81, 0xDB, 0x7F, 0xFF, 0xFF, 0xFF })]
    public void Count_that_the_frame_cannot_hold_is_refused_before_anything_is_allocated(byte[] content) =>
        Refuse(WorkerFrames.Frame(content));

    private static void Refuse(byte[] stream)
    {
        var reader = new FrameReader(new ScriptedStream(stream), Limit, new RowsSink());
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<ProtocolException>(() => reader.Read());

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Allowance);
    }
}
