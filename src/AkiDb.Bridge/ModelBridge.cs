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
    public QueueStatus Queue => batcher.Queue with { AdmittedTokens = gate.Admitted };

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
        var priority = request.Priority ?? (inputs.Total > options.Batching.BulkTokens ? EmbeddingPriority.Bulk : EmbeddingPriority.Interactive);
        if (gate.TryAdmit(inputs.Total, priority, batcher.ExpectedWait(priority), timeout - time.GetElapsedTime(started)) is { } full)
        {
            return (null, full);
        }

        try
        {
            var values = new float[inputs.Lengths.Length * plan.Dimensions];
            var deadline = started + (long)(timeout.TotalSeconds * time.TimestampFrequency);
            var job = new EmbedJob(inputs.ToBatch(), priority, inProcessAllowed, deadline, (text, row) =>
                Vectors.Finish(row, plan.Normalize, values.AsSpan(text * plan.Dimensions, plan.Dimensions)));
            if (await batcher.EmbedAsync(job, timeout - time.GetElapsedTime(started), cancellationToken).ConfigureAwait(false) is { } error)
            {
                return (null, error);
            }

            // Large weights take a while to be hashed; the request's time counts that too.
            var left = timeout - time.GetElapsedTime(started);
            var space = await Space.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, time, cancellationToken).ConfigureAwait(false);
            return (Describe(inputs, plan, values, job, space, started), null);
        }
        catch (TimeoutException)
        {
            return (null, new BridgeError(BridgeErrorKind.DeadlineExceeded, "The request's time was over before the model's weights were hashed, which names their space."));
        }
        finally
        {
            gate.Release(inputs.Total);
        }
    }

    private EmbeddingResult Describe(
        TokenizedInputs inputs, RequestPlan plan, float[] values, EmbedJob job, EmbeddingSpace space, long started)
    {
        var vectors = new ReadOnlyMemory<float>[inputs.Lengths.Length];
        for (var i = 0; i < vectors.Length; i++)
        {
            vectors[i] = values.AsMemory(i * plan.Dimensions, plan.Dimensions);
        }

        return new EmbeddingResult
        {
            Vectors = vectors,
            Model = space.Model,
            Space = space with
            {
                Prompt = plan.Prompt,
                Dimensions = plan.Dimensions,
                Normalized = plan.Normalize,
                Precision = string.Join(',', job.Precisions),
            },
            TotalTokens = inputs.Total,
            Truncated = inputs.Truncated,
            ServedBy = string.Join(',', job.Engines),
            Degraded = job.Fallback,
            Compute = job.Compute,
            Duration = time.GetElapsedTime(started),
        };
    }
}
