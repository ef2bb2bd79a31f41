using AkiDb.Bridge.Admission;
using AkiDb.Bridge.Batching;

namespace AkiDb.Bridge;

/// <summary>The way of a request through one model.</summary>
/// <remarks>
/// 1. Validate and tokenise.   A bad input fails here, before any engine.
/// 2. Admit.                   Full means shed now; nothing waits without bound.
/// 3. Batch and dispatch.      Together with other requests, on a worker, another worker or the in-process engine; or a typed error.
/// 4. Finish.                  Each input gets its own row, cut and normalised.
/// </remarks>
/// <param name="model">The model.</param>
/// <param name="space">The space of its vectors, but for what a request changes.</param>
/// <param name="gate">The permits.</param>
/// <param name="batcher">Its batches.</param>
/// <param name="options">The limits.</param>
/// <param name="time">The clock.</param>
internal sealed class ModelBridge(
    ServedModel model, Task<EmbeddingSpace> space, AdmissionGate gate, Batcher batcher, ModelOptions options, TimeProvider time)
{
    public ServedModel Model { get; } = model;

    /// <summary>The space of the model's vectors when a request asks for nothing special.</summary>
    public Task<EmbeddingSpace> Space { get; } = space;

    /// <summary>What waits for its engines.</summary>
    public QueueStatus Queue => batcher.Queue with { AdmittedTokens = gate.Admitted, Overloaded = gate.IsOverloaded };

    /// <summary>Embeds the inputs of a request that has been checked against the limits.</summary>
    /// <param name="request">The request.</param>
    /// <param name="inProcessAllowed">Whether the in-process engine may stand in for workers.</param>
    /// <param name="started">When the call began, as a timestamp of the clock.</param>
    /// <param name="cancellationToken">The caller has lost interest.</param>
    /// <returns>The result, or why there is none.</returns>
    public async Task<(EmbeddingResult? Result, BridgeError? Error)> EmbedAsync(
        EmbeddingRequest request, bool inProcessAllowed, long started, CancellationToken cancellationToken)
    {
        var (plan, refusal) = RequestPlan.Resolve(request, Model.Description);
        if (refusal is not null)
        {
            return (null, refusal);
        }

        var (inputs, tooLong) = TokenizedInputs.Tokenize(
            request.Inputs, plan.Prompt, Model.Description, Model.Tokenizer, request.Truncate, cancellationToken);
        if (inputs is null)
        {
            return (null, tooLong);
        }

        var timeout = request.Timeout ?? options.Dispatch.Timeout;
        var tokens = inputs.TokensOf(Model.Description);
        var priority = request.Priority ?? (tokens > options.Batching.BulkTokens ? EmbeddingPriority.Bulk : EmbeddingPriority.Interactive);
        if (gate.TryAdmit(tokens, priority, batcher.BacklogFor(priority)?.InTokens(Model.Description.IdsPerToken), timeout - time.GetElapsedTime(started)) is { } full)
        {
            return (null, full);
        }

        try
        {
            var vectors = new RequestVectors(plan, inputs, Model.Description);
            var deadline = started + (long)(timeout.TotalSeconds * time.TimestampFrequency);
            var job = new EmbedJob(inputs.ToBatch(), priority, inProcessAllowed, deadline, vectors.Take);
            if (await batcher.EmbedAsync(job, timeout - time.GetElapsedTime(started), cancellationToken).ConfigureAwait(false) is { } error)
            {
                return (null, error);
            }

            if (!request.Truncate && vectors.FirstTruncated is >= 0 and var cut)
            {
                return (null, TooLong(cut));
            }

            // Large weights take a while to be hashed; the request's time counts that too.
            var left = timeout - time.GetElapsedTime(started);
            var space = await Space.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, time, cancellationToken).ConfigureAwait(false);
            return (Describe(vectors, plan, job, space, started), null);
        }
        catch (TimeoutException)
        {
            return (null, new BridgeError(BridgeErrorKind.DeadlineExceeded, "The request's time was over before the model's weights were hashed, which names their space."));
        }
        finally
        {
            gate.Release(tokens);
        }
    }

    // Only where the worker counts the tokens; elsewhere nothing that is too long gets so far.
    private BridgeError TooLong(int input) => new(
        BridgeErrorKind.TooLong, $"inputs[{input}] has more tokens than the model {Model.Description.Id} takes. Shorten it, or leave 'truncate' out to have it cut.")
    {
        InputIndex = input,
    };

    private EmbeddingResult Describe(RequestVectors vectors, RequestPlan plan, EmbedJob job, EmbeddingSpace space, long started) => new()
    {
        Vectors = vectors.ToVectors(),
        Model = space.Model,
        Space = space with
        {
            Prompt = plan.Prompt,
            Dimensions = plan.Dimensions,
            Normalized = plan.Normalize,
            Precision = string.Join(',', job.Precisions),
        },
        TotalTokens = vectors.TotalTokens,
        Truncated = vectors.Truncated,
        ServedBy = string.Join(',', job.Engines),
        Degraded = job.Fallback,
        Compute = job.Compute,
        Duration = time.GetElapsedTime(started),
    };
}
