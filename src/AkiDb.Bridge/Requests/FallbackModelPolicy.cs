using AkiDb.Bridge.Dispatch;

namespace AkiDb.Bridge.Requests;

/// <summary>Who may answer for a model's workers: what <see cref="FallbackPolicy"/> means for a request.</summary>
internal static class FallbackModelPolicy
{
    /// <summary>Whether the in-process engine may compute. Where workers are not preferred it is no fallback, and may always.</summary>
    public static bool AllowsInProcess(FallbackPolicy policy, DispatchOptions options) => policy != FallbackPolicy.Off || options.Prefer != EnginePreference.Workers;

    /// <summary>Whether another model may answer: only where this one's engines have failed, never where the request is wrong or came too late.</summary>
    public static bool AllowsFallbackModel(FallbackPolicy policy, BridgeError error) =>
        policy == FallbackPolicy.Any && error.Kind is (BridgeErrorKind.NoEngine or BridgeErrorKind.EngineFault or BridgeErrorKind.OutOfMemory);
}
