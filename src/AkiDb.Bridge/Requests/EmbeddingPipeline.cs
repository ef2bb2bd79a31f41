using AkiDb.Bridge.Admission;
using AkiDb.Bridge.Batching;
using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Requests;

/// <summary>The way of a request through one model.</summary>
/// <remarks>
/// 1. Validate.             A wrong request fails here, before any work.
/// 2. Tokenise.             On threads of its own, within what all texts together may take.
/// 3. Admit.                Full means shed now; nothing waits without bound.
/// 4. Batch and dispatch.   Together with other requests, on a worker, another worker or the in-process engine; or a typed error.
/// 5. Finish.               Each input gets its own row, cut and normalised.
/// Where the engines fail and the policy allows it, the fallback model's pipeline does the same once more.
/// </remarks>
/// <param name="model">What the model's folder says.</param>
/// <param name="id">The model, as answers call it.</param>
/// <param name="tokenizer">Turns texts into its token ids.</param>
/// <param name="space">The space of its vectors, but for what a request changes; complete when its weights were hashed.</param>
/// <param name="gate">Its permits.</param>
/// <param name="batcher">Its batches.</param>
/// <param name="options">Limits and policy.</param>
/// <param name="fallback">The fallback model; null for none.</param>
/// <param name="isFallback">Whether it only answers for another model.</param>
/// <param name="time">The clock.</param>
internal sealed class EmbeddingPipeline(
    ModelDescription model,
    string id,
    RequestTokenizer tokenizer,
    Task<EmbeddingSpace> space,
    AdmissionGate gate,
    Batcher batcher,
    ModelOptions options,
    EmbeddingPipeline? fallback,
    bool isFallback,
    TimeProvider time)
{
    private const string NotHashed = "before the model's weights were hashed, which names the space of its vectors";

    // Where each token is, and meanwhile where each byte of the normal form comes from.
    private const int BytesPerListedCharacter = 32;

    private readonly RequestValidator validator = new(model, options, isFallback || fallback is not null);

    /// <summary>The model, as answers call it.</summary>
    public string Id { get; } = id;

    /// <summary>Lets requests in, until the model is retired.</summary>
    public RequestDrain Drain { get; } = new();

    /// <summary>Counts what becomes of the model's requests.</summary>
    public ModelInstruments Instruments { get; } = new(id);

    /// <summary>What waits for the model's engines.</summary>
    public QueueStatus Queue => batcher.Queue with { AdmittedTokens = gate.Admitted, Overloaded = gate.IsOverloaded };

    /// <summary>What callers may know of the model.</summary>
    public ModelFacts Facts => new(
        model.Dimension, model.MaxTokens, model.PoolingName, [.. model.Prompts.Keys], space.IsCompletedSuccessfully ? SpaceOf(validator.Default) : null)
    {
        Architecture = (model as TokenizedModel)?.ArchitectureName,
    };

    /// <summary>Answers a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="account">What it takes up; holds its permits when this returns.</param>
    /// <param name="started">When the request began, as a timestamp of the clock.</param>
    /// <param name="cancellationToken">The caller has left.</param>
    /// <exception cref="BridgeException">The request cannot be answered; the exception says why.</exception>
    public async Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request, RequestAccount account, long started, CancellationToken cancellationToken)
    {
        var (result, error) = await AnswerAsync(request, account, started, cancellationToken).ConfigureAwait(false);

        // Another model's vocabulary gives the same ids another meaning.
        if (error is not null && fallback is not null && request is { TokenIds: null, HidesModel: false } && FallbackModelPolicy.AllowsFallbackModel(request.Fallback ?? options.Fallback, error))
        {
            (result, var second) = await fallback.AnswerAsync(request, account, started, cancellationToken).ConfigureAwait(false);
            if (result is not null)
            {
                return result with { Degraded = true };
            }

            if (second!.Kind == BridgeErrorKind.SpaceMismatch)
            {
                // It would have answered, but for the demand.
                throw new BridgeException(second with { Message = $"{error.Message} {second.Message}", RetryAfter = error.RetryAfter });
            }

            error = error with { Message = $"{error.Message} The fallback model cannot answer either: {second.Message}" };
        }

        return result ?? throw new BridgeException(error!);
    }

    /// <summary>Counts the tokens of one input, those over the model's maximum too.</summary>
    /// <returns>Its tokens, and the most that the model takes.</returns>
    public async Task<(int Given, int Most)> CountTokensAsync(EmbeddingRequest request, int input, long started, CancellationToken cancellationToken)
    {
        if (request.TokenIds is { } ids)
        {
            return (ids[input].Length, model.MaxTokens);
        }

        var (plan, wrong) = validator.Validate(request);
        var clock = new RequestTime(time, started, request.Timeout ?? options.Dispatch.Timeout);
        return wrong is null
            ? (await tokenizer.CountAsync(request.Inputs[input], plan.Prompt, request.Caller ?? "", clock, cancellationToken).ConfigureAwait(false), model.MaxTokens)
            : throw new BridgeException(wrong);
    }

    /// <summary>Lists the tokens of texts.</summary>
    public async Task<IReadOnlyList<TokenizedText>> TokenizeAsync(
        EmbeddingRequest request, bool addSpecialTokens, RequestAccount account, long started, CancellationToken cancellationToken)
    {
        var (plan, wrong) = validator.Validate(request);
        if ((wrong ?? account.TryCharge(SharedResource.AnswerBytes, plan.Characters * BytesPerListedCharacter)) is { } refusal)
        {
            throw new BridgeException(refusal);
        }

        var clock = new RequestTime(time, started, request.Timeout ?? options.Dispatch.Timeout);
        return await tokenizer.LocateAsync(request.Inputs, plan.Prompt, addSpecialTokens, account.Caller, clock, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The text of each list of tokens.</summary>
    /// <exception cref="BridgeException">There are more tokens than one request may have.</exception>
    public string[] Decode(IReadOnlyList<int[]> ids, bool skipSpecialTokens)
    {
        var total = ids.Sum(list => (long)list.Length);
        return total <= options.Admission.MaxTokens
            ? [.. ids.Select(list => tokenizer.Decode(list, skipSpecialTokens))]
            : throw new BridgeException(
                BridgeErrorKind.TooLarge, $"The request has {total} token ids; {options.Admission.MaxTokens} are allowed (Bridge:Admission:MaxTokens). Split it into several requests.");
    }

    private async Task<(EmbeddingResult? Result, BridgeError? Error)> AnswerAsync(
        EmbeddingRequest request, RequestAccount account, long started, CancellationToken cancellationToken)
    {
        var (plan, wrong) = validator.Validate(request);
        if (wrong is not null)
        {
            return (null, wrong);
        }

        var clock = new RequestTime(time, started, request.Timeout ?? options.Dispatch.Timeout);
        if (request.Space is { } demand && await CheckDemandAsync(demand, plan, clock, cancellationToken).ConfigureAwait(false) is { } mismatch)
        {
            return (null, mismatch);
        }

        if (account.TryCharge(SharedResource.Characters, plan.Characters) is { } tooMuchText)
        {
            return (null, tooMuchText);
        }

        TokenizeWork? work;
        var before = clock.Elapsed;
        try
        {
            work = await tokenizer.TokenizeAsync(request, plan, account.Caller, clock, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            account.GiveBack(SharedResource.Characters, plan.Characters);
        }

        if (work is null)
        {
            return (null, RequestTime.Over("before its texts were tokenised"));
        }

        if (work.Refusal is { } refusal)
        {
            return (null, refusal);
        }

        if (work.TooLong is { } tooLong)
        {
            return (null, validator.TooLong(tooLong));
        }

        var tokenizing = clock.Elapsed - before;
        var inputs = work.ToInputs();
        var tokens = tokenizer.TokensOf(inputs);

        var priority = options.Batching.PriorityOf(request.Priority, tokens);
        if (Admit(account, tokens, inputs, plan, priority, clock) is { } full)
        {
            return (null, full);
        }

        var vectors = new RequestVectors(plan, inputs, model);
        var inProcess = isFallback || FallbackModelPolicy.AllowsInProcess(request.Fallback ?? options.Fallback, options.Dispatch);
        var job = new EmbedJob(inputs.ToBatch(), account.Caller, priority, inProcess, clock.Deadline, vectors.Take) { Work = RequestTrace.IsWanted ? [] : null };
        if (await batcher.EmbedAsync(job, cancellationToken).ConfigureAwait(false) is { } error)
        {
            return (null, error);
        }

        job.Work?.ForEach(RequestTrace.AddCompute);

        // Only where the worker counts the tokens; elsewhere nothing that is too long gets so far.
        if (!request.Truncate && vectors.FirstTruncated is >= 0 and var cut)
        {
            return (null, validator.TooLong(cut));
        }

        if (!await IsSpaceKnownAsync(clock, cancellationToken).ConfigureAwait(false))
        {
            return (null, RequestTime.Over(NotHashed));
        }

        var result = Finish(vectors, plan, job, tokenizing, clock);
        return request.Space is { } wanted && !SpaceDemand.IsMet(wanted, result.Space) ? (null, SpaceDemand.Refuse(wanted, result.Space)) : (result, null);
    }

    private async ValueTask<BridgeError?> CheckDemandAsync(string demand, RequestPlan plan, RequestTime clock, CancellationToken cancellationToken)
    {
        if (!await IsSpaceKnownAsync(clock, cancellationToken).ConfigureAwait(false))
        {
            return RequestTime.Over(NotHashed);
        }

        var own = SpaceOf(plan);
        return SpaceDemand.IsMetButForPrecision(demand, own) ? null : SpaceDemand.Refuse(demand, own);
    }

    private BridgeError? Admit(RequestAccount account, int tokens, TokenizedInputs inputs, RequestPlan plan, EmbeddingPriority priority, RequestTime clock)
    {
        if ((account.TryCharge(SharedResource.AnswerBytes, (long)inputs.Lengths.Length * plan.Dimensions * sizeof(float)) ?? account.TryAllow(tokens)) is { } refusal)
        {
            return refusal;
        }

        var full = gate.TryAdmit(account, tokens, priority, batcher.BacklogFor(account.Caller, inputs.Total, priority)?.InTokens(model.IdsPerToken), clock.Remaining);
        if (full is not null)
        {
            account.Disallow();
        }

        return full;
    }

    // Large weights take a while to be hashed; the request's time counts that too.
    private async ValueTask<bool> IsSpaceKnownAsync(RequestTime clock, CancellationToken cancellationToken)
    {
        if (!space.IsCompleted)
        {
            var left = clock.Remaining;
            await Task.WhenAny(space, Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero, time, cancellationToken)).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }

        return space.IsCompleted;
    }

    private EmbeddingSpace SpaceOf(RequestPlan plan) =>
        space.GetAwaiter().GetResult() with { Prompt = plan.Prompt, Dimensions = plan.Dimensions, Normalized = plan.Normalize };

    private EmbeddingResult Finish(RequestVectors vectors, RequestPlan plan, EmbedJob job, TimeSpan tokenizing, RequestTime clock)
    {
        var known = SpaceOf(plan);
        return new EmbeddingResult
        {
            Vectors = vectors.ToVectors(),
            Model = known.Model,
            Space = known with { Precision = string.Join(',', job.Precisions) },
            TotalTokens = vectors.TotalTokens,
            Tokens = vectors.Tokens,
            Truncated = vectors.Truncated,
            ServedBy = string.Join(',', job.Engines),
            Degraded = job.Fallback,
            Compute = job.Compute,
            Tokenizing = tokenizing,
            Duration = clock.Elapsed,
        };
    }
}
