using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Protocol;

public sealed class FrameReaderTests
{
    private const int Limit = ProtocolVersion.DefaultMaxFrameBytes;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(64 * 1024)]
    [InlineData(int.MaxValue)]
    public void Frames_are_read_however_the_stream_is_cut(int piece)
    {
        var sink = new RowsSink();
        var rows = sink.Expect(7, 6);
        byte[] stream = [.. WorkerFrames.Hello(), .. WorkerFrames.Rows(7, 2, 3, [1, 2, 3, 4, 5, 6]), .. WorkerFrames.Pong(8), .. WorkerFrames.Progress(9)];
        var reader = new FrameReader(new ScriptedStream(stream, piece), Limit, sink);

        Assert.IsType<HelloMessage>(reader.Read());
        Assert.IsType<RowsMessage>(reader.Read());
        Assert.Equal(8, Assert.IsType<PongMessage>(reader.Read()).Id);
        Assert.Equal(9, Assert.IsType<ProgressMessage>(reader.Read()).Id);
        Assert.Null(reader.Read());
        Assert.Equal([1, 2, 3, 4, 5, 6], rows);
    }

    [Theory]
    [MemberData(nameof(GoldenFrame.FromWorker), MemberType = typeof(GoldenFrame))]
    public void Stream_that_ends_within_a_frame_is_an_error_at_every_byte(string file)
    {
        var frame = GoldenFrame.Named(file).Read();
        for (var length = 1; length < frame.Length; length++)
        {
            var reader = new FrameReader(new ScriptedStream(frame[..length]), Limit, new RowsSink());
            Assert.Throws<ProtocolException>(() => reader.Read());
        }
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(100_000)]
    [InlineData(int.MaxValue)]
    public void Rows_larger_than_the_buffer_go_straight_to_their_memory(int piece)
    {
        float[] values = [.. Enumerable.Range(0, 200 * 384).Select(i => i / 7f)];
        var sink = new RowsSink();
        var rows = sink.Expect(1, values.Length);
        var stream = new ScriptedStream([.. WorkerFrames.Rows(1, 200, 384, values), .. WorkerFrames.Pong(2)], piece);
        var reader = new FrameReader(stream, Limit, sink);

        Assert.IsType<RowsMessage>(reader.Read());

        Assert.Equal(values, rows);
        Assert.True(stream.LargestRead > 64 * 1024, "The floats were copied through the reader's own buffer.");
        Assert.IsType<PongMessage>(reader.Read());
    }

    [Theory]
    [InlineData(6)]
    [InlineData(200 * 384)]
    public void Rows_that_nobody_waits_for_are_skipped(int values)
    {
        var sink = new RowsSink();
        byte[] stream = [.. WorkerFrames.Rows(99, 1, values, new float[values]), .. WorkerFrames.Pong(2)];
        var reader = new FrameReader(new ScriptedStream(stream, 5_000), Limit, sink);

        Assert.IsType<RowsMessage>(reader.Read());
        Assert.Equal(2, Assert.IsType<PongMessage>(reader.Read()).Id);
        Assert.Equal(99, Assert.Single(sink.Refused).Id);
        Assert.Empty(sink.Completed);
    }

    [Fact]
    public void Rows_whose_bytes_are_not_count_times_dimension_are_refused()
    {
        var sink = new RowsSink();
        sink.Expect(1, 6);
        var reader = new FrameReader(new ScriptedStream(WorkerFrames.Rows(1, 2, 3, new float[5])), Limit, sink);

        Assert.Throws<ProtocolException>(() => reader.Read());
        Assert.Empty(sink.Completed);
    }

    [Fact]
    public void Data_in_another_message_than_rows_never_passes_for_frames()
    {
        // The bytes of 'data' are themselves a frame with rows: they must not be read as one.
        var hidden = WorkerFrames.Rows(1, 1, 1, [42]);
        var sink = new RowsSink();
        var memory = sink.Expect(1, 1);
        var frame = WorkerFrames.Map(
            "progress", ("id", WorkerFrames.Whole(1)), ("stage", WorkerFrames.Text("s")), ("fraction", WorkerFrames.Real(1)),
            ("data", WorkerFrames.Raw([0xC4, (byte)hidden.Length, .. hidden])));
        var reader = new FrameReader(new ScriptedStream([.. frame, .. WorkerFrames.Pong(2)]), Limit, sink);

        Assert.Throws<ProtocolException>(() =>
        {
            while (reader.Read() is not null)
            {
            }
        });
        Assert.Equal(0, memory[0]);
    }

    [Fact]
    public void Frame_longer_than_its_message_is_refused()
    {
        byte[] content = [.. WorkerFrames.Pong(1)[4..], 0xC0];
        var reader = new FrameReader(new ScriptedStream(WorkerFrames.Frame(content)), Limit, new RowsSink());

        Assert.Throws<ProtocolException>(() => reader.Read());
    }

    [Fact]
    public void Nothing_but_its_own_messages_is_accepted()
    {
        var reader = new FrameReader(new ScriptedStream(WorkerFrames.Map("embed", ("id", WorkerFrames.Whole(1)))), Limit, new RowsSink());

        var error = Assert.Throws<ProtocolException>(() => reader.Read());
        Assert.Contains("'embed'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Loading checkpoint shards: 100%")]
    [InlineData("Traceback (most recent call last):\n")]
    [InlineData("\0\0\0\0")]
    public void Text_on_stdout_is_an_error(string text)
    {
        var reader = new FrameReader(new ScriptedStream(System.Text.Encoding.UTF8.GetBytes(text)), Limit, new RowsSink());

        Assert.Throws<ProtocolException>(() => reader.Read());
    }
}
