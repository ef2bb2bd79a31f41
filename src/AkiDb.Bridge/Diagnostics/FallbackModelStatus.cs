namespace AkiDb.Bridge.Diagnostics;

/// <summary>A model that answers, in-process, for another one.</summary>
/// <param name="Model">The model, as answers call it.</param>
/// <param name="Facts">What its folder says.</param>
/// <param name="Engine">The engine that computes it.</param>
public sealed record FallbackModelStatus(string Model, ModelFacts Facts, InProcessStatus Engine);
