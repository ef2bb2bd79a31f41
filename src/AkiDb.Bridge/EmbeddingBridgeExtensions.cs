namespace AkiDb.Bridge;

/// <summary>Shorter ways to ask for vectors.</summary>
public static class EmbeddingBridgeExtensions
{
    /// <summary>Embeds one text by the default model: its vector is <c>Vectors[0]</c>.</summary>
    /// <param name="bridge">The bridge.</param>
    /// <param name="text">The text; the empty string is a valid one.</param>
    /// <param name="cancellationToken">Ends the wait for the answer, and what is computed for it alone.</param>
    /// <exception cref="BridgeException">The request cannot be answered; the exception says why.</exception>
    public static Task<EmbeddingResult> EmbedAsync(this IEmbeddingBridge bridge, string text, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(bridge);
        ArgumentNullException.ThrowIfNull(text);
        return bridge.EmbedAsync(new EmbeddingRequest { Inputs = [text] }, cancellationToken);
    }

    /// <summary>Embeds texts by the default model, in one request: at most as many as <see cref="Admission.AdmissionOptions.MaxInputs"/>.</summary>
    /// <param name="bridge">The bridge.</param>
    /// <param name="texts">The texts, at least one.</param>
    /// <param name="cancellationToken">Ends the wait for the answer, and what is computed for it alone.</param>
    /// <exception cref="BridgeException">The request cannot be answered; the exception says why.</exception>
    public static Task<EmbeddingResult> EmbedAsync(this IEmbeddingBridge bridge, IEnumerable<string> texts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(bridge);
        ArgumentNullException.ThrowIfNull(texts);
        return bridge.EmbedAsync(new EmbeddingRequest { Inputs = [.. texts] }, cancellationToken);
    }

    /// <summary>
    /// Embeds any number of texts, in their order: memory holds a few requests, however many texts there are, and texts are only read as fast as vectors are
    /// taken. They are bulk work, unless <paramref name="settings"/> say otherwise. Whoever stops to enumerate stops what is being computed.
    /// </summary>
    /// <param name="bridge">The bridge.</param>
    /// <param name="texts">The texts, as they come.</param>
    /// <param name="settings">How to embed them: a request whose <see cref="EmbeddingRequest.Inputs"/> are not looked at; null for the default model's own way.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Each text with its vector. All vectors live in one space, or the run ends with an error.</returns>
    /// <exception cref="BridgeException">A text cannot be embedded; the vectors of all texts before it were given. <see cref="BridgeError.InputIndex"/> counts from the first text.</exception>
    public static IAsyncEnumerable<EmbeddedText> EmbedAsync(
        this IEmbeddingBridge bridge, IAsyncEnumerable<string> texts, EmbeddingRequest? settings = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(bridge);
        ArgumentNullException.ThrowIfNull(texts);
        return new BulkRun(bridge, settings).EmbedAsync(texts, cancellationToken);
    }
}
