using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.Http;

/// <summary>Sends a response's body whole, with its length: a chunked one takes another packet, and wakes its reader twice.</summary>
internal static class ResponseBody
{
    // Whoever writes does not wait to be read.
    private static readonly PipeOptions Unbounded = new(pauseWriterThreshold: 0, resumeWriterThreshold: 0, minimumSegmentSize: 64 * 1024, useSynchronizationContext: false);

    /// <summary>Writes and sends the body.</summary>
    /// <param name="response">Its status and headers are set already.</param>
    /// <param name="state">What <paramref name="write"/> needs.</param>
    /// <param name="write">Writes the body.</param>
    /// <param name="cancellationToken">The caller is gone.</param>
    public static async Task SendAsync<TState>(HttpResponse response, TState state, Action<IBufferWriter<byte>, TState> write, CancellationToken cancellationToken)
    {
        var pipe = new Pipe(Unbounded);
        try
        {
            write(pipe.Writer, state);
            await pipe.Writer.CompleteAsync().ConfigureAwait(false);
            pipe.Reader.TryRead(out var written);
            response.ContentLength = written.Buffer.Length;
            foreach (var segment in written.Buffer)
            {
                response.BodyWriter.Write(segment.Span);
            }
        }
        finally
        {
            await pipe.Writer.CompleteAsync().ConfigureAwait(false);
            await pipe.Reader.CompleteAsync().ConfigureAwait(false);
        }

        await response.BodyWriter.FlushAsync(cancellationToken).ConfigureAwait(false);
    }
}
