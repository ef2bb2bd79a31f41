using AkiDb.Bridge.Workers;

namespace AkiDb.Bridge.Configuration;

/// <summary>What must hold of the options of one model.</summary>
internal static class ModelRules
{
    // What every timer can take, Polly's included.
    private static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    /// <summary>Every rule that does not hold, as a sentence.</summary>
    /// <param name="options">The model's options.</param>
    /// <param name="provider">The engines that it uses.</param>
    /// <param name="path">Where its options stand, such as <c>Bridge</c>.</param>
    public static IEnumerable<string> Check(ModelOptions options, EmbeddingProvider provider, string path)
    {
        var rules = new (bool Holds, string Rule)[]
        {
            (!string.IsNullOrWhiteSpace(options.Model), $"{path}:Model is empty: name a model or a folder."),
            (options.Fallback != FallbackPolicy.Any || options.FallbackModel is not null || provider == EmbeddingProvider.Mock,
                $"{path}:Fallback is 'any', but {path}:FallbackModel names no second model."),
            (options.Worker.Encoder != WorkerEncoder.SentenceTransformers || provider == EmbeddingProvider.PythonBridge,
                $"{path}:Worker:Encoder is sentence-transformers, which runs in workers only: set Bridge:Provider to python-bridge."),
            (options.Worker.Threads >= 0, $"{path}:Worker:Threads must be 0 (share the cores) or more."),
            (options.Worker.BatchTokens >= 1, $"{path}:Worker:BatchTokens must be at least 1."),
            (options.Worker.InFlight >= 1, $"{path}:Worker:InFlight must be at least 1."),
            (options.Worker.MaxFrameBytes >= 16 * 1024 * 1024, $"{path}:Worker:MaxFrameBytes must be at least 16777216."),
            (options.Supervision.Workers is null or (>= 1 and <= 256), $"{path}:Supervision:Workers must be auto or 1 to 256; for no workers at all set Bridge:Provider to onnx."),
            (options.Supervision.BackOffMax >= options.Supervision.BackOffBase, $"{path}:Supervision:BackOffMax must not be shorter than BackOffBase."),
            (options.Supervision.QuarantineAfter >= 1, $"{path}:Supervision:QuarantineAfter must be at least 1."),
            (options.Supervision.RecycleRequests >= 0, $"{path}:Supervision:RecycleRequests must be 0 (never) or more."),
            (options.Supervision.RecycleMemory >= 0, $"{path}:Supervision:RecycleMemory must be 0 (never) or more."),
            (options.Dispatch.Timeout >= options.Dispatch.AttemptTimeout, $"{path}:Dispatch:AttemptTimeout must not be longer than {path}:Dispatch:Timeout."),
            (options.Dispatch.AttemptTimeout >= TimeSpan.FromMilliseconds(10), $"{path}:Dispatch:AttemptTimeout must be at least 10ms."),
            (options.Dispatch.BreakDuration >= TimeSpan.FromMilliseconds(500), $"{path}:Dispatch:BreakDuration must be at least 500ms."),
            (options.Dispatch.Retries is >= 1 and <= 100, $"{path}:Dispatch:Retries must be 1 to 100."),
            (options.Batching.BatchTokens >= 0, $"{path}:Batching:BatchTokens must be 0 (what suits the engine) or more."),
            (options.Batching.BulkTokens >= 0, $"{path}:Batching:BulkTokens must be 0 or more."),
            (options.Admission.MaxTokens >= 1, $"{path}:Admission:MaxTokens must be at least 1."),
            (options.Admission.MaxInputs >= 1, $"{path}:Admission:MaxInputs must be at least 1."),
            (options.Admission.MaxInputChars >= 1, $"{path}:Admission:MaxInputChars must be at least 1."),
            (options.Admission.MaxRequestChars >= 1, $"{path}:Admission:MaxRequestChars must be at least 1."),
            (options.Admission.BodyBytes >= 0, $"{path}:Admission:BodyBytes must be 0 (by the machine's memory) or more."),
            (options.Admission.Characters >= 0, $"{path}:Admission:Characters must be 0 (by the machine's memory) or more."),
            (options.Admission.AnswerBytes >= 0, $"{path}:Admission:AnswerBytes must be 0 (by the machine's memory) or more."),
            (options.Onnx.Threads >= 0, $"{path}:Onnx:Threads must be 0 (all cores) or more."),
            (options.Onnx.BatchTokens >= 1, $"{path}:Onnx:BatchTokens must be at least 1."),
        };
        return rules.Where(rule => !rule.Holds).Select(rule => rule.Rule).Concat(Durations(options, path));
    }

    private static IEnumerable<string> Durations(ModelOptions options, string path)
    {
        (string Name, TimeSpan Value)[] durations =
        [
            ("Supervision:HelloTimeout", options.Supervision.HelloTimeout),
            ("Supervision:LoadTimeout", options.Supervision.LoadTimeout),
            ("Supervision:PingInterval", options.Supervision.PingInterval),
            ("Supervision:UnhealthyAfter", options.Supervision.UnhealthyAfter),
            ("Supervision:PingTimeout", options.Supervision.PingTimeout),
            ("Supervision:StallTimeout", options.Supervision.StallTimeout),
            ("Supervision:ProbeInterval", options.Supervision.ProbeInterval),
            ("Supervision:BackOffBase", options.Supervision.BackOffBase),
            ("Supervision:BackOffMax", options.Supervision.BackOffMax),
            ("Supervision:QuarantineWindow", options.Supervision.QuarantineWindow),
            ("Supervision:QuarantineCoolDown", options.Supervision.QuarantineCoolDown),
            ("Supervision:MisconfiguredRetry", options.Supervision.MisconfiguredRetry),
            ("Supervision:GracePeriod", options.Supervision.GracePeriod),
            ("Dispatch:Timeout", options.Dispatch.Timeout),
            ("Dispatch:RetryDelay", options.Dispatch.RetryDelay),
            ("Dispatch:PoisonMemory", options.Dispatch.PoisonMemory),
            ("Admission:MaxWait", options.Admission.MaxWait),
        ];
        (string Name, TimeSpan Value)[] zeroToo =
        [
            ("Supervision:StartStagger", options.Supervision.StartStagger),
            ("Supervision:RecycleAge", options.Supervision.RecycleAge),
            ("Supervision:GoodService", options.Supervision.GoodService),
            ("Dispatch:AttemptTimeout", options.Dispatch.AttemptTimeout),
            ("Dispatch:BreakDuration", options.Dispatch.BreakDuration),
            ("Dispatch:Failback", options.Dispatch.Failback),
        ];
        return durations.Where(duration => duration.Value <= TimeSpan.Zero).Select(duration => $"{path}:{duration.Name} must be longer than zero.")
            .Concat(durations.Concat(zeroToo).Where(duration => duration.Value > Longest).Select(duration => $"{path}:{duration.Name} must not be longer than 24h."));
    }
}
