using System.Net;
using AkiDb.Bridge.Onnx;

namespace AkiDb.Bridge.Configuration;

/// <summary>What must hold of values that could be read.</summary>
internal static class OptionsRules
{
    // What every timer can take, Polly's included.
    private static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    /// <summary>Every rule that does not hold, as a sentence.</summary>
    public static IEnumerable<string> Check(BridgeOptions options)
    {
        var rules = new (bool Holds, string Rule)[]
        {
            (!string.IsNullOrWhiteSpace(options.Model), "Bridge:Model is empty: name a model or a folder."),
            (options.Fallback != FallbackPolicy.Any || options.FallbackModel is not null || options.Provider == EmbeddingProvider.Mock,
                "Bridge:Fallback is 'any', but Bridge:FallbackModel names no second model."),
            (options.Onnx.Precision == OnnxPrecision.Float32 || options.Provider != EmbeddingProvider.PythonBridge || options.FallbackModel is not null,
                "Bridge:Onnx:Precision is not float32, which is another embedding space than the workers': set Bridge:Provider to onnx, or name a Bridge:FallbackModel and set Bridge:Fallback to any."),
            (options.Worker.Encoder != Workers.WorkerEncoder.SentenceTransformers || options.Provider == EmbeddingProvider.PythonBridge,
                "Bridge:Worker:Encoder is sentence-transformers, which runs in workers only: set Bridge:Provider to python-bridge."),
            (options.Worker.Threads >= 0, "Bridge:Worker:Threads must be 0 (share the cores) or more."),
            (options.Worker.BatchTokens >= 1, "Bridge:Worker:BatchTokens must be at least 1."),
            (options.Worker.InFlight >= 1, "Bridge:Worker:InFlight must be at least 1."),
            (options.Worker.MaxFrameBytes >= 16 * 1024 * 1024, "Bridge:Worker:MaxFrameBytes must be at least 16777216."),
            (options.Supervision.Workers is null or (>= 1 and <= 256), "Bridge:Supervision:Workers must be auto or 1 to 256; for no workers at all set Bridge:Provider to onnx."),
            (options.Supervision.BackOffMax.Value >= options.Supervision.BackOffBase.Value, "Bridge:Supervision:BackOffMax must not be shorter than BackOffBase."),
            (options.Supervision.QuarantineAfter >= 1, "Bridge:Supervision:QuarantineAfter must be at least 1."),
            (options.Supervision.RecycleRequests >= 0, "Bridge:Supervision:RecycleRequests must be 0 (never) or more."),
            (options.Supervision.RecycleMemory >= 0, "Bridge:Supervision:RecycleMemory must be 0 (never) or more."),
            (options.Dispatch.Timeout.Value >= options.Dispatch.AttemptTimeout.Value, "Bridge:Dispatch:AttemptTimeout must not be longer than Bridge:Dispatch:Timeout."),
            (options.Dispatch.AttemptTimeout.Value >= TimeSpan.FromMilliseconds(10), "Bridge:Dispatch:AttemptTimeout must be at least 10ms."),
            (options.Dispatch.BreakDuration.Value >= TimeSpan.FromMilliseconds(500), "Bridge:Dispatch:BreakDuration must be at least 500ms."),
            (options.Dispatch.Retries is >= 1 and <= 100, "Bridge:Dispatch:Retries must be 1 to 100."),
            (options.Batching.BatchTokens >= 0, "Bridge:Batching:BatchTokens must be 0 (what suits the engine) or more."),
            (options.Batching.BulkTokens >= 0, "Bridge:Batching:BulkTokens must be 0 or more."),
            (options.Batching.CacheBytes >= 0, "Bridge:Batching:CacheBytes must be 0 (no cache) or more."),
            (options.Admission.MaxTokens >= 1, "Bridge:Admission:MaxTokens must be at least 1."),
            (options.Admission.MaxInputs >= 1, "Bridge:Admission:MaxInputs must be at least 1."),
            (options.Admission.MaxInputChars >= 1, "Bridge:Admission:MaxInputChars must be at least 1."),
            (options.Onnx.Threads >= 0, "Bridge:Onnx:Threads must be 0 (all cores) or more."),
            (options.Onnx.MaxTokens >= 1, "Bridge:Onnx:MaxTokens must be at least 1."),
            (options.Onnx.BatchTokens >= 1, "Bridge:Onnx:BatchTokens must be at least 1."),
            (options.Http.Host == "localhost" || IPAddress.TryParse(options.Http.Host, out _), $"Bridge:Http:Host is '{options.Http.Host}': it must be an IP address or localhost."),
            (options.Http.Port is >= 0 and <= 65535, "Bridge:Http:Port must be 0 to 65535."),
            (options.Http.Host != "localhost" || options.Http.Port != 0, "Bridge:Http:Port is 0, which takes a free port: that needs an IP address as Bridge:Http:Host, such as 127.0.0.1."),
            (options.Http.MaxBodyBytes >= 1024, "Bridge:Http:MaxBodyBytes must be at least 1024."),
            (options.Http.MaxConnections >= 1, "Bridge:Http:MaxConnections must be at least 1."),
        };
        return rules.Where(rule => !rule.Holds).Select(rule => rule.Rule).Concat(Durations(options));
    }

    private static IEnumerable<string> Durations(BridgeOptions options)
    {
        (string Name, Duration Value)[] durations =
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
        (string Name, Duration Value)[] zeroToo =
        [
            ("Supervision:StartStagger", options.Supervision.StartStagger),
            ("Supervision:RecycleAge", options.Supervision.RecycleAge),
            ("Supervision:GoodService", options.Supervision.GoodService),
            ("Dispatch:AttemptTimeout", options.Dispatch.AttemptTimeout),
            ("Dispatch:BreakDuration", options.Dispatch.BreakDuration),
            ("Dispatch:Failback", options.Dispatch.Failback),
        ];
        return durations.Where(duration => duration.Value.Value <= TimeSpan.Zero).Select(duration => $"Bridge:{duration.Name} must be longer than zero.")
            .Concat(durations.Concat(zeroToo).Where(duration => duration.Value.Value > Longest).Select(duration => $"Bridge:{duration.Name} must not be longer than 24h."));
    }
}
