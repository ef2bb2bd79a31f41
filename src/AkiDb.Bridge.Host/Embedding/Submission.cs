using System.Threading.Channels;
using AkiDb.Bridge.Queue;

namespace AkiDb.Bridge.Host.Embedding;

/// <summary>Submits the rows of files to a queue, in the portions in which their answers are collected.</summary>
/// <remarks>The empty text goes first: collecting asks by it which space the vectors are in.</remarks>
/// <param name="publisher">Submits.</param>
/// <param name="settings">How the texts are embedded.</param>
/// <param name="progress">The file that says how far an earlier run has come.</param>
internal sealed class Submission(JobPublisher publisher, QueueTexts settings, SubmissionProgress progress)
{
    private const int InFlight = 32;

    /// <summary>Submits all rows.</summary>
    /// <param name="chunks">The portions of the input, from its beginning.</param>
    /// <param name="cancellationToken">Ends it; what was confirmed is kept.</param>
    /// <returns>How many rows the input has.</returns>
    /// <exception cref="NotAcceptedException">The input is another than that of the earlier run.</exception>
    public async Task<long> RunAsync(IAsyncEnumerable<RowChunk> chunks, CancellationToken cancellationToken)
    {
        await publisher.PublishAsync(settings.MessageOf([""]), cancellationToken);

        // A file that cannot be written is found now, and not when hours of work are to be remembered in it.
        progress.Save();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sent = Channel.CreateBounded<(RowChunk Chunk, Task Confirmed)>(InFlight);
        var sending = SendAsync(chunks, sent.Writer, stop.Token);
        var rows = progress.Rows;
        try
        {
            await foreach (var (chunk, confirmed) in sent.Reader.ReadAllAsync(CancellationToken.None))
            {
                await confirmed;
                progress.Add(chunk);
                rows = chunk.End;
            }

            await sending;
            return rows;
        }
        finally
        {
            await stop.CancelAsync();
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (sent.Reader.TryRead(out var unread))
            {
                await unread.Confirmed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            progress.Save();
        }
    }

    private async Task SendAsync(IAsyncEnumerable<RowChunk> chunks, ChannelWriter<(RowChunk Chunk, Task Confirmed)> sent, CancellationToken cancellationToken)
    {
        try
        {
            var end = 0L;
            await foreach (var chunk in chunks.WithCancellation(cancellationToken))
            {
                end = chunk.End;
                if (progress.IsDone(chunk))
                {
                    continue;
                }

                await sent.WaitToWriteAsync(cancellationToken);
                string[] texts = [.. chunk.Rows.Where(row => row.Text is not null).Select(row => row.Text!)];
                await sent.WriteAsync((chunk, texts.Length == 0 ? Task.CompletedTask : publisher.PublishAsync(settings.MessageOf(texts), cancellationToken)), CancellationToken.None);
            }

            progress.CheckEnd(end);
        }
        finally
        {
            sent.Complete();
        }
    }
}
