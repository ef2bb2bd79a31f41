using System.Buffers;
using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Protocol;

public sealed class GoldenFrameTests
{
    [Fact]
    public void Golden_frames_are_all_listed() =>
        Assert.Equal(GoldenFrame.All.Select(frame => frame.File).Order(), GoldenFrame.Files.Order());

    [Theory]
    [MemberData(nameof(GoldenFrame.FromWorker), MemberType = typeof(GoldenFrame))]
    public void Worker_frame_is_read_as_its_message(string file)
    {
        var frame = GoldenFrame.Named(file);
        var sink = new RowsSink();
        var rows = frame.Type == "rows" ? GoldenMessages.ExpectedRows(frame) : [];
        var received = frame.Type == "rows" ? sink.Expect(frame.Members.GetProperty("id").GetInt64(), rows.Length) : [];
        var reader = new FrameReader(new ScriptedStream(frame.Read()), ProtocolVersion.DefaultMaxFrameBytes, sink);

        var message = reader.Read();

        Assert.Equivalent(GoldenMessages.Expected(frame), message is RowsMessage ? new RowsMessage(Assert.Single(sink.Completed)) : message, strict: true);
        Assert.Equal(rows, received);
        Assert.Null(reader.Read());
    }

    [Theory]
    [MemberData(nameof(GoldenFrame.FromHost), MemberType = typeof(GoldenFrame))]
    public async Task Host_message_is_written_as_its_frame(string file)
    {
        Assert.SkipWhen(file == "ping-extra-member.frame", "The host sends no member that the worker does not know.");
        var frame = GoldenFrame.Named(file);
        using var stream = new MemoryStream();
        await using var writer = new FrameWriter(stream, ProtocolVersion.DefaultMaxFrameBytes);

        await writer.WriteAsync(frame, static (output, frame) => Write(output, frame), TestContext.Current.CancellationToken);

        Assert.Equal(Convert.ToHexString(frame.Read()), Convert.ToHexString(stream.ToArray()));
    }

    private static void Write(IBufferWriter<byte> output, GoldenFrame frame)
    {
        var members = frame.Members;
        var id = members.TryGetProperty("id", out var value) ? value.GetInt64() : 0;
        switch (frame.Type)
        {
            case "embed":
                var timeout = members.GetProperty("timeout_ms").GetInt64();
                HostMessages.WriteEmbed(output, id, timeout, GoldenMessages.ExpectedIds(frame, "lengths"), GoldenMessages.ExpectedIds(frame, "ids"));
                break;
            case "cancel":
                HostMessages.WriteCancel(output, id);
                break;
            case "ping":
                HostMessages.WritePing(output, id);
                break;
            case "shutdown":
                HostMessages.WriteShutdown(output);
                break;
            case "load":
                HostMessages.WriteLoad(output, id, GoldenLoad.Request(members));
                break;
            default:
                Assert.Fail($"{frame.File} is no host's message.");
                break;
        }
    }
}
