using System.Globalization;
using System.Text;
using AkiDb.Bridge.Host.Logging;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Host;

public sealed class LogQueueTests
{
    [Fact]
    public async Task Nobody_waits_for_a_reader_and_what_was_dropped_is_counted()
    {
        const int Messages = 5_000;
        using var output = new BlockedStream();
        using var queue = new LogQueue(count => new LogLine($"dropped {count}\n", false), new LogStreams(output, Stream.Null).Write);
        for (var i = 0; i < Messages; i++)
        {
            queue.Add(new LogLine("message\n", false));
        }

        output.Unblock();

        await Soon.UntilAsync(() => Written(output) + Dropped(output) == Messages);
        Assert.InRange(Dropped(output), 1, Messages - 1);
    }

    [Fact]
    public void End_does_not_wait_for_a_reader()
    {
        using var output = new BlockedStream();
        var queue = new LogQueue(count => default, new LogStreams(output, Stream.Null).Write);
        queue.Add(new LogLine("message\n", false));

        queue.Dispose();

        queue.Add(new LogLine("too late\n", false));
        output.Unblock();
    }

    [Fact]
    public async Task Log_that_could_not_be_written_is_written_again_later()
    {
        using var output = new BlockedStream { Fails = true };
        output.Unblock();
        using var queue = new LogQueue(count => new LogLine($"dropped {count}\n", false), new LogStreams(output, Stream.Null).Write);
        queue.Add(new LogLine("lost\n", false));
        await Soon.UntilAsync(() => output.Failures > 0);
        output.Fails = false;

        queue.Add(new LogLine("message\n", false));

        await Soon.UntilAsync(() => output.Text.Contains("message", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Count_of_what_was_dropped_is_not_lost_with_the_notice_of_it()
    {
        using var output = new BlockedStream { Fails = true };
        output.Unblock();
        using var queue = new LogQueue(count => new LogLine($"dropped {count}\n", false), new LogStreams(output, Stream.Null).Write);
        for (var i = 0; i < 3; i++)
        {
            queue.Add(new LogLine("lost\n", false));
        }

        // Each message, and the notice that follows it.
        await Soon.UntilAsync(() => output.Failures == 6);
        output.Fails = false;
        queue.Add(new LogLine("message\n", false));

        await Soon.UntilAsync(() => output.Text.Contains("message\ndropped 3\n", StringComparison.Ordinal));
    }

    private static int Written(BlockedStream output) => output.Text.Split('\n').Count(line => line == "message");

    private static int Dropped(BlockedStream output) => output.Text.Split('\n')
        .Where(line => line.StartsWith("dropped ", StringComparison.Ordinal))
        .Sum(line => int.Parse(line.AsSpan("dropped ".Length), CultureInfo.InvariantCulture));

    private sealed class BlockedStream : MemoryStream
    {
        private readonly ManualResetEventSlim unblocked = new();
        private readonly StringBuilder text = new();

        public bool Fails { get; set; }

        public int Failures { get; private set; }

        public string Text
        {
            get
            {
                lock (text)
                {
                    return text.ToString();
                }
            }
        }

        public void Unblock() => unblocked.Set();

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            unblocked.Wait();
            if (Fails)
            {
                Failures++;
                throw new IOException("No space left on device");
            }

            lock (text)
            {
                text.Append(Encoding.UTF8.GetString(buffer));
            }
        }

        protected override void Dispose(bool disposing)
        {
            unblocked.Set();
            base.Dispose(disposing);
        }
    }
}
