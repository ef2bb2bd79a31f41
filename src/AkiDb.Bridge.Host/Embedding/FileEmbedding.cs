using System.Threading.Channels;
using AkiDb.Bridge.Host.Files;

namespace AkiDb.Bridge.Host.Embedding;

/// <summary>Rows in, vectors out, in their order and without bound: memory holds a few portions, however many rows there are.</summary>
/// <remarks>
/// 1. Skip.   Portions that an earlier run has done are only compared with what it has seen.
/// 2. Send.   A few portions at a time: no engine waits for the disk.
/// 3. Write.  In order. What the output saves is always a whole number of portions.
/// </remarks>
/// <param name="embedder">Embeds a portion.</param>
/// <param name="output">Where the vectors go.</param>
/// <param name="progress">Told of each portion that was written.</param>
/// <param name="time">The clock.</param>
internal sealed class FileEmbedding(ChunkEmbedder embedder, IVectorOutput output, EmbedProgress progress, TimeProvider time)
{
    /// <summary>The portions that are computed, or wait to be written, at a time.</summary>
    public const int MostAtATime = 4;

    /// <summary>How long a portion may take: long texts, a large model and few cores are no fault.</summary>
    public static readonly TimeSpan LongestPortion = TimeSpan.FromHours(6);

    // Then what was written is saved: the next portion may come much later.
    private static readonly TimeSpan LongestUnsaved = TimeSpan.FromSeconds(1);

    /// <summary>Embeds all rows.</summary>
    /// <param name="chunks">The portions of the input, from its beginning.</param>
    /// <param name="done">The rows that an earlier run has done.</param>
    /// <param name="digest">Their digest.</param>
    /// <param name="cancellationToken">Ends it; what was written is saved.</param>
    /// <exception cref="NotAcceptedException">The input is another than that of the earlier run.</exception>
    /// <exception cref="UnreadableInputException">What follows in the input cannot be read; what came before is saved.</exception>
    /// <exception cref="BridgeException">A portion cannot be embedded; what came before is saved.</exception>
    /// <exception cref="IOException">The vectors cannot be written.</exception>
    public async Task RunAsync(IAsyncEnumerable<RowChunk> chunks, long done, string digest, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sent = Channel.CreateBounded<Task<EmbeddedChunk>>(MostAtATime - 1);
        var sending = SendAsync(Remaining(chunks, done, digest), sent.Writer, stop.Token);
        try
        {
            while (await HasNextAsync(sent.Reader))
            {
                var chunk = await await sent.Reader.ReadAsync(CancellationToken.None);
                await output.WriteAsync(chunk.Rows, chunk.Bad, chunk.Chunk.End, chunk.Chunk.Digest);
                progress.Add(chunk);
            }

            await sending;
            await output.CompleteAsync();
        }
        catch (Exception error) when (error is OperationCanceledException or UnreadableInputException or BridgeException or NotAcceptedException)
        {
            await output.SaveAsync();
            throw;
        }
        finally
        {
            await stop.CancelAsync();
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (sent.Reader.TryRead(out var unread))
            {
                await ((Task)unread).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<bool> HasNextAsync(ChannelReader<Task<EmbeddedChunk>> sent)
    {
        var next = sent.WaitToReadAsync(CancellationToken.None).AsTask();
        try
        {
            return await next.WaitAsync(LongestUnsaved, time);
        }
        catch (TimeoutException)
        {
            await output.SaveAsync();
            return await next;
        }
    }

    private async Task SendAsync(IAsyncEnumerable<RowChunk> chunks, ChannelWriter<Task<EmbeddedChunk>> sent, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var chunk in chunks.WithCancellation(cancellationToken))
            {
                await sent.WaitToWriteAsync(cancellationToken);
                var answer = embedder.EmbedAsync(chunk, cancellationToken);
                await sent.WriteAsync(answer, CancellationToken.None);
                if (embedder.IsOneAtATime)
                {
                    await ((Task)answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
        }
        finally
        {
            sent.Complete();
        }
    }

    private static async IAsyncEnumerable<RowChunk> Remaining(IAsyncEnumerable<RowChunk> chunks, long done, string digest)
    {
        var end = 0L;
        await foreach (var chunk in chunks)
        {
            end = chunk.End;
            if (end == done && chunk.Digest != digest)
            {
                throw Changed(done);
            }

            if (end > done)
            {
                if (chunk.Rows[0].Number <= done)
                {
                    throw Changed(done);
                }

                yield return chunk;
            }
        }

        if (end < done)
        {
            throw Changed(done);
        }
    }

    private static NotAcceptedException Changed(long done) => new(
        $"The first {done} rows of the input are not those that were embedded before. Give the same input, or delete the output and its checkpoint to begin again.");
}
