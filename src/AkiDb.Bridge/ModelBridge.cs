using AkiDb.Bridge.Admission;
using AkiDb.Bridge.Batching;
using AkiDb.Bridge.Dispatch;

namespace AkiDb.Bridge;

/// <summary>The way of a request through one model.</summary>
/// <remarks>
/// 1. Validate and tokenise.   A bad input fails here, before any engine.
/// 2. Admit.                   Full means shed now; nothing waits without bound.
/// 3. Cut batches.             Similar lengths together.
/// 4. Dispatch.                A worker, another worker, the in-process engine, or a typed error.
/// 5. Scatter.                 Each input gets its own row, cut and normalised.
/// </remarks>
/// <param name="model">The model.</param>
/// <param name="space">The space of its vectors, but for what a request changes.</param>
/// <param name="gate">The permits.</param>
/// <param name="dispatcher">Its engines.</param>
/// <param name="options">The limits.</param>
/// <param name="time">The clock.</param>
internal sealed class ModelBridge(
    ServedModel model, Task<EmbeddingSpace> space, AdmissionGate gate, Dispatcher dispatcher, BridgeOptions options, TimeProvider time)
{
    public ServedModel Model { get; } = model;

    /// <summary>The space of the model's vectors when a request asks for nothing special.</summary>
    public Task<EmbeddingSpace> Space { get; } = space;

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

        if (gate.TryAdmit(inputs.Total) is { } full)
        {
            return (null, full);
        }

        try
        {
            var values = new float[inputs.Lengths.Length * plan.Dimensions];
            var replies = await DispatchAllAsync(inputs, plan, values, request, inProcessAllowed, started, cancellationToken).ConfigureAwait(false);
            if (replies.FirstOrDefault(reply => reply.Error is not null).Error is { } error)
            {
                return (null, error);
            }

            // Large weights take a while to be hashed; the request's time counts that too.
            var left = (request.Timeout ?? options.Dispatch.Timeout) - time.GetElapsedTime(started);
            var space = await Space.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, time, cancellationToken).ConfigureAwait(false);
            return (Describe(inputs, plan, values, replies, space, started), null);
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

    private async Task<DispatchReply[]> DispatchAllAsync(
        TokenizedInputs inputs, RequestPlan plan, float[] values, EmbeddingRequest request, bool inProcessAllowed, long started, CancellationToken cancellationToken)
    {
        var batches = BatchPlan.Cut(inputs.Lengths, options.Batching.BatchTokens);
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var turns = new SemaphoreSlim(Math.Max(options.Worker.InFlight * (options.Supervision.Workers ?? 1), Environment.ProcessorCount));
        var timeout = request.Timeout ?? options.Dispatch.Timeout;
        var work = batches.Select(DispatchAsync).ToList();
        try
        {
            return await Task.WhenAll(work).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (failed.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // One batch failed for good and the others were told to stop: its error is the request's.
            return [.. work.Where(task => task.IsCompletedSuccessfully).Select(task => task.GetAwaiter().GetResult())];
        }

        async Task<DispatchReply> DispatchAsync(int[] indices)
        {
            // As many at once as the engines have seats: the rest of a large request must not stand in the queue before a small one.
            await turns.WaitAsync(failed.Token).ConfigureAwait(false);
            try
            {
                return await ComputeAsync(indices).ConfigureAwait(false);
            }
            finally
            {
                turns.Release();
            }
        }

        async Task<DispatchReply> ComputeAsync(int[] indices)
        {
            var dimension = Model.Description.Dimension;
            var rows = GC.AllocateUninitializedArray<float>(indices.Length * dimension);
            var reply = await dispatcher.DispatchAsync(
                inputs.Select(indices), rows, inProcessAllowed, timeout - time.GetElapsedTime(started), failed.Token).ConfigureAwait(false);
            if (reply.Error is not null)
            {
                await failed.CancelAsync().ConfigureAwait(false);
                return reply with { Error = reply.Error with { InputIndex = PlaceOf(reply.Error.InputIndex, indices) } };
            }

            for (var i = 0; i < indices.Length; i++)
            {
                Vectors.Finish(rows.AsSpan(i * dimension, dimension), plan.Normalize, values.AsSpan(indices[i] * plan.Dimensions, plan.Dimensions));
            }

            return reply;
        }
    }

    // An engine counts within its batch; the caller counts within the request.
    private static int? PlaceOf(int? index, int[] indices) => index is { } place && place >= 0 && place < indices.Length ? indices[place] : null;

    private EmbeddingResult Describe(
        TokenizedInputs inputs, RequestPlan plan, float[] values, DispatchReply[] replies, EmbeddingSpace space, long started)
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
                Precision = string.Join(',', replies.Select(reply => reply.Precision).Distinct().Order()),
            },
            TotalTokens = inputs.Total,
            Truncated = inputs.Truncated,
            ServedBy = string.Join(',', replies.Select(reply => reply.Engine).Distinct().Order()),
            Degraded = replies.Any(reply => reply.Fallback),
            Compute = TimeSpan.FromTicks(replies.Sum(reply => reply.Compute.Ticks)),
            Duration = time.GetElapsedTime(started),
        };
    }
}
