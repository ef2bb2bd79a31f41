using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Protocol;

/// <summary>Whatever a worker writes: a valid message, the end, or a <see cref="ProtocolException"/>. Nothing else comes out.</summary>
public sealed class FrameReaderFuzzTests
{
    private static readonly byte[][] Golden =
        [.. GoldenFrame.All.Where(frame => frame.Direction == "worker").Select(frame => frame.Read())];

    [Fact]
    public void Random_bytes_yield_nothing_but_protocol_errors()
    {
        var random = new Random(20_250_101);
        for (var round = 0; round < 3_000; round++)
        {
            var bytes = new byte[random.Next(1, 300)];
            random.NextBytes(bytes);
            ReadAll(bytes);
            ReadAll(WorkerFrames.Frame(bytes));
        }
    }

    [Fact]
    public void Mutated_frames_yield_messages_or_protocol_errors()
    {
        var random = new Random(7);
        for (var round = 0; round < 20_000; round++)
        {
            var frame = (byte[])Golden[random.Next(Golden.Length)].Clone();
            for (var change = random.Next(1, 4); change > 0; change--)
            {
                Mutate(ref frame, random);
            }

            ReadAll([.. frame, .. Golden[random.Next(Golden.Length)]]);
        }
    }

    private static void Mutate(ref byte[] frame, Random random)
    {
        // The length is left alone most of the time: a wrong one hides everything behind it.
        var position = random.Next(random.Next(8) == 0 ? 0 : Math.Min(4, frame.Length - 1), frame.Length);
        switch (random.Next(4))
        {
            case 0:
                frame[position] = (byte)random.Next(256);
                break;
            case 1:
                frame[position] ^= (byte)(1 << random.Next(8));
                break;
            case 2:
                frame = [.. frame[..position], .. frame[(position + 1)..]];
                break;
            default:
                frame = [.. frame[..position], (byte)random.Next(256), .. frame[position..]];
                break;
        }

        if (frame.Length < 8)
        {
            frame = [.. frame, .. new byte[8]];
        }
        else if (random.Next(2) == 0)
        {
            BitConverter.TryWriteBytes(frame, frame.Length - 4);
        }
    }

    private static void ReadAll(byte[] bytes)
    {
        var sink = new RowsSink();
        sink.Expect(70_000, 4);
        var reader = new FrameReader(new ScriptedStream(bytes), ProtocolVersion.DefaultMaxFrameBytes, sink);
        try
        {
            while (reader.Read() is not null)
            {
            }
        }
        catch (ProtocolException)
        {
            // The one way in which nonsense may end.
        }
    }
}
