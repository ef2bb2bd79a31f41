using AkiDb.Bridge.Dispatch;

namespace AkiDb.Bridge;

/// <summary>One model's front: checks a request against the limits, and applies the fallback policy.</summary>
/// <param name="primary">The model that is served.</param>
/// <param name="fallback">The model that may answer for it under the policy <see cref="FallbackPolicy.Any"/>; null for none.</param>
/// <param name="health">Reports the engines' states.</param>
/// <param name="options">Limits and policy.</param>
/// <param name="provider">The engines in use.</param>
internal sealed class ModelFront(
    ModelBridge primary, ModelBridge? fallback, BridgeHealthReport health, ModelOptions options, EmbeddingProvider provider)
{
    // What every timer can take.
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromHours(24);

    /// <summary>The model as every answer calls it.</summary>
    public string Id => IdOf(primary);

    /// <summary>Whether requests can be answered now, and by what.</summary>
    public BridgeHealth Health => health.Take();

    /// <summary>What the model's engines are doing.</summary>
    public BridgeStatus Status => health.TakeStatus(Id, primary.Queue);

    /// <summary>The model, then its fallback model.</summary>
    public IEnumerable<ServedModelDescription> Describe() =>
        fallback is null ? [Describe(primary, false)] : [Describe(primary, false), Describe(fallback, true)];

    /// <summary>Has the worker of a slot replaced.</summary>
    /// <returns>False when there is no such slot.</returns>
    public bool RestartWorker(int slot) => health.Restart(slot);

    /// <summary>Answers a request that is meant for this model.</summary>
    /// <param name="request">The request.</param>
    /// <param name="started">When the call began, as a timestamp of the clock.</param>
    /// <param name="cancellationToken">The caller has lost interest.</param>
    /// <exception cref="BridgeException">The request cannot be answered; the exception says why.</exception>
    public async Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request, long started, CancellationToken cancellationToken)
    {
        if (Check(request) is { } refusal)
        {
            throw new BridgeException(refusal);
        }

        var policy = request.Fallback ?? options.Fallback;

        // Under another preference than the workers', the in-process engine is no fallback.
        var inProcess = policy != FallbackPolicy.Off || options.Dispatch.Prefer != EnginePreference.Workers;
        var (result, error) = await primary.EmbedAsync(request, inProcess, started, cancellationToken).ConfigureAwait(false);
        if (error is not null && CanAnyModelHelp(error, policy))
        {
            (result, var second) = await fallback!.EmbedAsync(request, inProcessAllowed: true, started, cancellationToken).ConfigureAwait(false);
            if (result is not null)
            {
                return result with { Degraded = true };
            }

            error = error with { Message = $"{error.Message} The fallback model cannot answer either: {second!.Message}" };
        }

        return result ?? throw new BridgeException(error!);
    }

    // As every answer calls it: what the mock engine computes must not pass for the model's.
    private string IdOf(ModelBridge bridge) => provider == EmbeddingProvider.Mock ? $"mock/{bridge.Model.Name.Id}" : bridge.Model.Name.Id;

    private ServedModelDescription Describe(ModelBridge bridge, bool isFallback)
    {
        var model = bridge.Model.Description;
        return new ServedModelDescription(
            IdOf(bridge),
            model.Dimension,
            model.MaxTokens,
            model.PoolingName,
            [.. model.Prompts.Keys],
            bridge.Space.IsCompletedSuccessfully ? bridge.Space.GetAwaiter().GetResult() : null,
            isFallback,
            Health.State);
    }

    private bool CanAnyModelHelp(BridgeError error, FallbackPolicy policy) =>
        policy == FallbackPolicy.Any && fallback is not null && error.Kind is BridgeErrorKind.NoEngine or BridgeErrorKind.EngineFault or BridgeErrorKind.OutOfMemory;

    private BridgeError? Check(EmbeddingRequest request)
    {
        var limits = options.Admission;
        if (request.Fallback == FallbackPolicy.Any && fallback is null)
        {
            return new BridgeError(
                BridgeErrorKind.BadInput, "'fallback' is 'any', but no second model is configured here (Bridge:FallbackModel). Use 'same-space' or 'off', or leave it out.");
        }

        if (request.Inputs is null or { Count: 0 })
        {
            return new BridgeError(BridgeErrorKind.BadInput, "There are no inputs: give at least one text.");
        }

        if (request.Inputs.Count > limits.MaxInputs)
        {
            return new BridgeError(BridgeErrorKind.TooLarge, $"The request has {request.Inputs.Count} inputs; {limits.MaxInputs} are allowed. Split it into several requests.");
        }

        if (request.Prompt?.Length > limits.MaxInputChars)
        {
            return new BridgeError(BridgeErrorKind.TooLarge, $"The prompt has {request.Prompt.Length} characters; {limits.MaxInputChars} are allowed.");
        }

        for (var i = 0; i < request.Inputs.Count; i++)
        {
            if (request.Inputs[i] is null)
            {
                return new BridgeError(BridgeErrorKind.BadInput, $"inputs[{i}] is null; every input must be a string.") { InputIndex = i };
            }

            if (request.Inputs[i].Length > limits.MaxInputChars)
            {
                return new BridgeError(
                    BridgeErrorKind.TooLarge, $"inputs[{i}] has {request.Inputs[i].Length} characters; {limits.MaxInputChars} are allowed. Split it into several inputs.")
                {
                    InputIndex = i,
                };
            }
        }

        return request.Timeout <= TimeSpan.Zero || request.Timeout > LongestTimeout
            ? new BridgeError(BridgeErrorKind.BadInput, "The timeout must be longer than zero and at most 24 hours.")
            : null;
    }
}
