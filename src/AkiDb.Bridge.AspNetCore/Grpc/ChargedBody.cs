using System.Buffers;
using System.IO.Pipelines;
using AkiDb.Bridge.Admission;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AkiDb.Bridge.AspNetCore.Grpc;

/// <summary>A request's body, of which each byte is charged to the request's account when it comes.</summary>
internal sealed class ChargedBody(HttpContext context, RequestAccount account) : PipeReader, IRequestBodyPipeFeature
{
    private readonly PipeReader inner = context.Request.BodyReader;
    private ReadOnlySequence<byte> given;
    private long charged;

    /// <inheritdoc/>
    public PipeReader Reader => this;

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => Charge(await inner.ReadAsync(cancellationToken).ConfigureAwait(false));

    public override bool TryRead(out ReadResult result)
    {
        var isThere = inner.TryRead(out result);
        if (isThere)
        {
            result = Charge(result);
        }

        return isThere;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        charged -= given.Slice(0, consumed).Length;
        inner.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    // What was looked at and left is given once more, and was charged already. What was taken has become the message: it stays charged.
    private ReadResult Charge(ReadResult result)
    {
        given = result.Buffer;
        if (account.TryCharge(SharedResource.BodyBytes, Math.Max(0, given.Length - charged)) is { } full)
        {
            inner.AdvanceTo(given.Start);
            throw GrpcProblem.ToException(context, Problem.Of(full));
        }

        charged = Math.Max(charged, given.Length);
        return result;
    }
}
