using Polly;
using Polly.Retry;

namespace AkiDb.Bridge.Host.Embedding;

/// <summary>Embeds texts by a bridge of this process; a request that comes while it is full is sent again.</summary>
internal sealed class LocalEmbedder
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly IEmbeddingBridge bridge;
    private readonly EmbedSettings settings;
    private readonly TimeSpan timeout;
    private readonly ResiliencePipeline whileFull;

    /// <param name="bridge">The bridge.</param>
    /// <param name="settings">How texts are embedded.</param>
    /// <param name="timeout">How long one request may take that is no portion of files.</param>
    /// <param name="time">The clock.</param>
    public LocalEmbedder(IEmbeddingBridge bridge, EmbedSettings settings, TimeSpan timeout, TimeProvider time)
    {
        (this.bridge, this.settings, this.timeout) = (bridge, settings, timeout);
        whileFull = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = FirstPause,
                MaxDelay = LongestPause,
                ShouldHandle = new PredicateBuilder().Handle<BridgeException>(error => error.Error.Kind == BridgeErrorKind.Overloaded),
                DelayGenerator = arguments => ValueTask.FromResult(((BridgeException)arguments.Outcome.Exception!).Error.RetryAfter),
            })
            .Build();
    }

    /// <inheritdoc cref="ITextEmbedder.EmbedAsync"/>
    public async Task<EmbeddedTexts> EmbedAsync(IReadOnlyList<string> texts, string? space, CancellationToken cancellationToken)
    {
        // A file's portions demand the space that a short request before them has had: that one says soon if nothing answers.
        var request = settings.RequestOf(texts, model: null, space) with { Priority = EmbeddingPriority.Bulk, Timeout = space is null ? timeout : FileEmbedding.LongestPortion };
        var result = await whileFull.ExecuteAsync(
            static async (state, token) => await state.bridge.EmbedAsync(state.request, token), (bridge, request), cancellationToken);
        return new EmbeddedTexts(result.Vectors, result.Space.ToString(), result.TotalTokens, result.ServedBy);
    }
}
