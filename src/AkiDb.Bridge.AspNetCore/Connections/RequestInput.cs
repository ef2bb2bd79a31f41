using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace AkiDb.Bridge.AspNetCore.Connections;

/// <summary>
/// What a caller sends. That nothing more will come is said only when everything that came has been looked at: the server takes it for a body that was
/// broken off, whether all of the body is there or not.
/// </summary>
/// <param name="inner">The transport's end.</param>
/// <param name="isAnswering">Whether a request's head has come, so that what is read is its body.</param>
internal sealed class RequestInput(PipeReader inner, Func<bool> isAnswering) : PipeReader
{
    private const long Nothing = -1;

    private ReadOnlySequence<byte> given;

    // What is left of bytes that have all been looked at; the same again is nothing new.
    private long known = Nothing;

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return Take(await inner.ReadAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (ConnectionResetException error)
        {
            // The server cannot drain a body that ends with a reset, and says so with a stack trace; an abort it understands.
            throw new ConnectionAbortedException(error.Message, error);
        }
    }

    public override bool TryRead(out ReadResult result)
    {
        var isThere = inner.TryRead(out result);
        if (isThere)
        {
            result = Take(result);
        }

        return isThere;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        known = given.Slice(examined).IsEmpty ? given.Slice(consumed).Length : Nothing;
        given = default;
        inner.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    private ReadResult Take(ReadResult result)
    {
        given = result.Buffer;
        if (!result.IsCompleted)
        {
            return result;
        }

        if (!given.IsEmpty && given.Length != known)
        {
            return new ReadResult(given, result.IsCanceled, isCompleted: false);
        }

        if (isAnswering())
        {
            // The server would close the connection, and say nothing to a caller that may still listen.
            AdvanceTo(given.Start);
            throw new BodyBrokenOffException();
        }

        return result;
    }
}
