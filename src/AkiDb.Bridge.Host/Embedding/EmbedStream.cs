using System.Buffers;
using System.Globalization;
using System.Threading.Channels;
using AkiDb.Bridge.Host.Files;

namespace AkiDb.Bridge.Host.Embedding;

/// <summary>Texts in, vectors out, in their order and without bound: memory holds a few requests, however many texts there are.</summary>
/// <remarks>
/// 1. Read.   Texts are taken as they come.
/// 2. Send.   As many as are there, in one request: who waits for one answer before the next text gets it at once.
/// 3. Print.  One request's vectors while the next one is being computed.
/// </remarks>
/// <param name="embedder">What embeds them.</param>
/// <param name="output">Where each vector goes, as one line of JSON.</param>
internal sealed class EmbedStream(ITextEmbedder embedder, Stream output)
{
    /// <summary>One is printed while the next is being computed: no engine waits for the output.</summary>
    public const int RequestsInFlight = 2;

    private const int TextsPerRequest = 256;
    private const int CharactersPerRequest = 1_000_000;
    private const int ChunksRead = 4;

    private const int LongestNumber = 16;

    private readonly ArrayBufferWriter<byte> lines = new();

    // Of all vectors: that of the first one. What runs elsewhere may get another model meanwhile.
    private string? space;

    /// <summary>Embeds all texts.</summary>
    /// <exception cref="BadTextException">A text cannot be embedded; the vectors before it are printed.</exception>
    /// <exception cref="BridgeException">A request cannot be answered, or is answered in another space; the vectors before it are printed.</exception>
    /// <exception cref="IOException">The vectors cannot be written.</exception>
    public async Task RunAsync(IAsyncEnumerable<TextChunk> texts, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var chunks = Channel.CreateBounded<TextChunk>(ChunksRead);
        var requests = Channel.CreateBounded<SentRequest>(RequestsInFlight - 1);
        Task[] earlier = [ReadAsync(texts, chunks.Writer, stop.Token), SendAsync(chunks.Reader, requests.Writer, stop.Token)];
        try
        {
            await foreach (var request in requests.Reader.ReadAllAsync(stop.Token))
            {
                await PrintAsync(request, stop.Token);
            }

            await Task.WhenAll(earlier);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(earlier).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (requests.Reader.TryRead(out var unread))
            {
                await ((Task)unread.Answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static async Task ReadAsync(IAsyncEnumerable<TextChunk> texts, ChannelWriter<TextChunk> chunks, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var chunk in texts.WithCancellation(cancellationToken))
            {
                await chunks.WriteAsync(chunk, cancellationToken);
            }
        }
        finally
        {
            chunks.Complete();
        }
    }

    private async Task SendAsync(ChannelReader<TextChunk> chunks, ChannelWriter<SentRequest> requests, CancellationToken cancellationToken)
    {
        try
        {
            // Texts that come while there is no room for a request go together.
            while (await chunks.WaitToReadAsync(cancellationToken) && await requests.WaitToWriteAsync(cancellationToken))
            {
                var texts = Take(chunks);
                await requests.WriteAsync(new SentRequest(texts, embedder.EmbedAsync(texts.Texts, null, cancellationToken)), CancellationToken.None);
            }
        }
        finally
        {
            requests.Complete();
        }
    }

    private static TextChunk Take(ChannelReader<TextChunk> chunks)
    {
        var texts = new List<string>();
        long? first = null;
        var characters = 0L;
        while (chunks.TryPeek(out var next) && (first is null || (texts.Count + next.Texts.Count <= TextsPerRequest && characters < CharactersPerRequest)))
        {
            chunks.TryRead(out _);
            first ??= next.First;
            texts.AddRange(next.Texts);
            characters += next.Texts.Sum(text => (long)text.Length);
        }

        return new TextChunk(first ?? 1, texts);
    }

    private async Task PrintAsync(SentRequest request, CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(await request.Answer, cancellationToken);
        }
        catch (BridgeException error) when (error.Error.InputIndex is { } bad)
        {
            // The texts before it came first, and have done nothing wrong.
            if (bad > 0)
            {
                await WriteAsync(await embedder.EmbedAsync([.. request.Sent.Texts.Take(bad)], null, cancellationToken), cancellationToken);
            }

            throw new BadTextException(request.Sent.First + bad, error.Message.Replace($"inputs[{bad}]", "it", StringComparison.Ordinal));
        }
    }

    private async Task WriteAsync(EmbeddedTexts result, CancellationToken cancellationToken)
    {
        StoredSpace.Expect(space ??= result.Space, result.Space);
        lines.ResetWrittenCount();
        foreach (var vector in result.Vectors)
        {
            Add((byte)'[');
            for (var i = 0; i < vector.Length; i++)
            {
                if (i > 0)
                {
                    Add((byte)',');
                }

                // The shortest digits that give the same number again.
                vector.Span[i].TryFormat(lines.GetSpan(LongestNumber), out var written, "R", CultureInfo.InvariantCulture);
                lines.Advance(written);
            }

            Add((byte)']');
            Add((byte)'\n');
        }

        await output.WriteAsync(lines.WrittenMemory, cancellationToken);
        await output.FlushAsync(cancellationToken);
    }

    private void Add(byte symbol)
    {
        lines.GetSpan(1)[0] = symbol;
        lines.Advance(1);
    }

    private readonly record struct SentRequest(TextChunk Sent, Task<EmbeddedTexts> Answer);
}
