using System.Diagnostics;

namespace AkiDb.Bridge.Diagnostics;

/// <summary>The span of one request, and those of the engines that compute for it. Null where nobody traces.</summary>
internal static class RequestTrace
{
    /// <summary>Begins the span of a request.</summary>
    public static Activity? Start() => BridgeTelemetry.Source.StartActivity("embeddings");

    /// <summary>Whether the engines' spans are wanted.</summary>
    public static bool IsWanted => BridgeTelemetry.Source.HasListeners() && Activity.Current is { IsAllDataRequested: true };

    /// <summary>Says which model it is about.</summary>
    public static void Name(Activity? activity, string model)
    {
        if (activity is { IsAllDataRequested: true })
        {
            activity.DisplayName = $"embeddings {model}";
            activity.SetTag("gen_ai.operation.name", "embeddings");
            activity.SetTag("gen_ai.provider.name", "akidb");
            activity.SetTag("gen_ai.request.model", model);
        }
    }

    public static void Finish(Activity? activity, EmbeddingResult result)
    {
        if (activity is { IsAllDataRequested: true })
        {
            activity.SetTag("gen_ai.response.model", result.Model);
            activity.SetTag("gen_ai.usage.input_tokens", result.TotalTokens);
            activity.SetTag("gen_ai.embeddings.dimension.count", result.Space.Dimensions);
            activity.SetTag("akidb.engine", result.ServedBy);
            activity.SetTag("akidb.degraded", result.Degraded);
        }
    }

    public static void Fail(Activity? activity, string error)
    {
        activity?.SetTag("error.type", error);
        activity?.SetStatus(ActivityStatusCode.Error);
    }

    /// <summary>Adds the span of an engine's work: by the time that the engine itself has reported, which ended when its rows came.</summary>
    public static void AddCompute(EngineWork work)
    {
        using var span = BridgeTelemetry.Source.StartActivity(
            "compute", ActivityKind.Internal, default(ActivityContext), [new("akidb.engine", work.Engine), new("akidb.batch", work.Batch)], startTime: work.Ended - work.Compute);
        span?.SetEndTime(work.Ended.UtcDateTime);
    }
}
