namespace AkiDb.Bridge.Engines;

/// <summary>Computes pooled rows from token ids: a worker process, or ONNX Runtime in the host's own process.</summary>
internal interface IEngine
{
    /// <summary>What an answer calls this engine in <c>served_by</c>: <c>worker:0</c>, <c>in-process</c>.</summary>
    string Name { get; }

    /// <summary>The precision the vectors are computed in, such as <c>float32</c>.</summary>
    string Precision { get; }

    /// <summary>Writes one pooled row per text, in the batch's order, not normalised and of the model's full dimension.</summary>
    /// <param name="batch">The texts.</param>
    /// <param name="rows">Where the rows go: texts x dimension values, row-major. Undefined content when the reply holds an error.</param>
    /// <param name="timeout">How long the caller will wait; the engine may drop the batch after that.</param>
    /// <param name="cancellationToken">The caller has lost interest.</param>
    /// <returns>The reply; engine failures are values in it.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    ValueTask<EngineReply> EmbedAsync(TokenBatch batch, Memory<float> rows, TimeSpan timeout, CancellationToken cancellationToken);
}
