using System.Buffers;
using System.Globalization;
using System.Threading.Channels;

namespace AkiDb.Bridge.Host;

/// <summary>Texts in, vectors out, in their order and without bound: memory holds a few requests, however many texts there are.</summary>
/// <param name="bridge">What embeds them.</param>
/// <param name="output">Where each vector goes, as one line of JSON.</param>
/// <param name="timeout">How long one request may take that has the engines for itself.</param>
internal sealed class EmbedStream(IEmbeddingBridge bridge, Stream output, TimeSpan timeout)
{
    // One is printed while the next is being computed: no engine waits for the output.
    private const int RequestsInFlight = 2;

    private const int LongestNumber = 16;

    private readonly ArrayBufferWriter<byte> lines = new();

    /// <summary>Embeds the texts, a request for each chunk.</summary>
    /// <param name="chunks">The texts.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="BridgeException">A request cannot be answered; the vectors before it are printed.</exception>
    public async Task RunAsync(IAsyncEnumerable<string[]> chunks, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var requests = Channel.CreateBounded<Task<EmbeddingResult>>(RequestsInFlight - 1);
        var sending = SendAsync(chunks, requests.Writer, stop.Token);
        try
        {
            await foreach (var request in requests.Reader.ReadAllAsync(stop.Token))
            {
                Write((await request).Vectors);
                await output.WriteAsync(lines.WrittenMemory, stop.Token);
                await output.FlushAsync(stop.Token);
            }

            await sending;
        }
        finally
        {
            await stop.CancelAsync();
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (requests.Reader.TryRead(out var unread))
            {
                await ((Task)unread).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task SendAsync(IAsyncEnumerable<string[]> chunks, ChannelWriter<Task<EmbeddingResult>> requests, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var chunk in chunks.WithCancellation(cancellationToken))
            {
                await requests.WaitToWriteAsync(cancellationToken);
                await requests.WriteAsync(bridge.EmbedAsync(Request(chunk), cancellationToken), CancellationToken.None);
            }
        }
        finally
        {
            requests.Complete();
        }
    }

    // Each shares the engines with those that are in flight beside it.
    private EmbeddingRequest Request(string[] texts) => new() { Inputs = texts, Priority = EmbeddingPriority.Bulk, Timeout = timeout * RequestsInFlight };

    private void Write(IReadOnlyList<ReadOnlyMemory<float>> vectors)
    {
        lines.ResetWrittenCount();
        foreach (var vector in vectors)
        {
            Write((byte)'[');
            for (var i = 0; i < vector.Length; i++)
            {
                if (i > 0)
                {
                    Write((byte)',');
                }

                // The shortest digits that give the same number again.
                vector.Span[i].TryFormat(lines.GetSpan(LongestNumber), out var written, "R", CultureInfo.InvariantCulture);
                lines.Advance(written);
            }

            Write((byte)']');
            Write((byte)'\n');
        }
    }

    private void Write(byte symbol)
    {
        lines.GetSpan(1)[0] = symbol;
        lines.Advance(1);
    }
}
