using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore;

/// <summary><c>POST /api/v1/embed</c>: AkiDB's own shape, in JSON or MessagePack.</summary>
internal sealed class EmbedEndpoint : EmbedFace
{
    /// <inheritdoc/>
    public override bool HidesModel => false;

    /// <inheritdoc/>
    public override EmbedCall Read(HttpRequest request, ReadOnlySequence<byte> body)
    {
        var (embedding, encoding) = EmbedRequestReader.Read(body);
        return new Call(embedding, AcceptHeader.PrefersMessagePack(request) ? VectorEncoding.MessagePack : encoding);
    }

    private sealed class Call(EmbeddingRequest request, VectorEncoding encoding) : EmbedCall(request)
    {
        public override async Task AnswerAsync(HttpContext context, EmbeddingResult? result)
        {
            using var body = new ResponseBody(context.Response);
            using var format = AnswerFormat.Of(encoding, body);
            context.Response.ContentType = format.ContentType;
            await EmbedAnswer.WriteAsync(result!, format, body, context.RequestAborted).ConfigureAwait(false);
        }
    }
}
