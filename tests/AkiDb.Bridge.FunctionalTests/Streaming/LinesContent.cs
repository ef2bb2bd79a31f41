using System.Net;
using System.Text;
using System.Threading.Channels;

namespace AkiDb.Bridge.FunctionalTests.Streaming;

/// <summary>A body of lines, each sent when the test says so, or as soon as whoever receives them has room.</summary>
internal sealed class LinesContent : HttpContent
{
    private readonly Channel<string> lines = Channel.CreateUnbounded<string>();
    private long sent;

    /// <summary>How many lines have gone.</summary>
    public long Sent => Interlocked.Read(ref sent);

    public void Send(string line) => lines.Writer.TryWrite(line);

    public void End() => lines.Writer.Complete();

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await foreach (var line in lines.Reader.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), TestContext.Current.CancellationToken);
            await stream.FlushAsync(TestContext.Current.CancellationToken);
            Interlocked.Increment(ref sent);
        }
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
