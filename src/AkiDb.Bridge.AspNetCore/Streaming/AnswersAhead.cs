using System.Buffers;
using System.IO.Pipelines;
using AkiDb.Bridge.Admission;

namespace AkiDb.Bridge.AspNetCore.Streaming;

/// <summary>
/// The first answers of a batch, written before it is their turn to be sent: numbers as text take more time than all else in a stream, and one
/// thread that writes every line is slower than a fast engine. As many as there is memory for; the others are written when it is their turn.
/// </summary>
internal sealed class AnswersAhead : IDisposable
{
    private const int SegmentBytes = 64 * 1024;
    private const int MostBytes = 2 * 1024 * 1024;

    private readonly Pipe pipe = new(new PipeOptions(pauseWriterThreshold: 0, minimumSegmentSize: SegmentBytes, useSynchronizationContext: false));

    /// <summary>How many answers were written.</summary>
    public int Count { get; private set; }

    /// <summary>What was written.</summary>
    public ReadOnlySequence<byte> Content { get; private set; }

    /// <summary>Writes what there is memory for; after each segment everybody else has a turn, who sends what was written before among them.</summary>
    /// <param name="format">How answers are written.</param>
    /// <param name="lines">The batch's lines.</param>
    /// <param name="answers">An answer for each.</param>
    /// <param name="account">Charged for what is written.</param>
    /// <param name="show">Makes of an error's sentence what the caller may read.</param>
    public async ValueTask WriteAsync(StreamFormat format, IReadOnlyList<StreamLine> lines, LineAnswer[] answers, RequestAccount account, Func<string, string> show)
    {
        for (var charged = 0L; Count < answers.Length; Count++)
        {
            if (pipe.Writer.UnflushedBytes >= charged)
            {
                if (charged >= MostBytes || account.TryCharge(SharedResource.AnswerBytes, SegmentBytes) is not null)
                {
                    break;
                }

                if (charged > 0)
                {
                    await LastInLine.WaitAsync().ConfigureAwait(false);
                }

                charged += SegmentBytes;
            }

            format.Write(pipe.Writer, lines[Count], answers[Count], show);
        }

        pipe.Writer.Complete();
        Content = pipe.Reader.TryRead(out var written) ? written.Buffer : default;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        pipe.Writer.Complete();
        pipe.Reader.Complete();
    }
}
