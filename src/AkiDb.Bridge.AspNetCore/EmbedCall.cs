using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>What a request for vectors asks for, once its body was read, and how its ecosystem wants the answer.</summary>
/// <param name="request">What the bridge is asked; null where there is nothing to compute.</param>
internal abstract class EmbedCall(EmbeddingRequest? request)
{
    public EmbeddingRequest? Request { get; } = request;

    /// <summary>Writes the answer, in pieces.</summary>
    /// <param name="context">The request.</param>
    /// <param name="result">The vectors; null where nothing was asked.</param>
    public abstract Task AnswerAsync(HttpContext context, EmbeddingResult? result);

    /// <summary>The error as the ecosystem words it.</summary>
    public virtual ValueTask<BridgeException> ExplainAsync(BridgeException error, CancellationToken cancellationToken) => new(error);
}
