namespace AkiDb.Bridge.Chaos;

/// <summary>What the command line asks for.</summary>
/// <param name="Address">The bridge.</param>
/// <param name="Duration">How long faults are injected; before that a fifth of it, at most 30 s, passes without faults.</param>
/// <param name="KillEvery">From one fault to the next.</param>
/// <param name="Callers">Callers that send one request after the other.</param>
/// <param name="Faults">What may happen to a worker, drawn with equal chances.</param>
/// <param name="Fallback">The requests' own policy; null for the bridge's.</param>
/// <param name="Timeout">How long an answer may take.</param>
/// <param name="Settle">How long the bridge has at the end to have all workers back and nothing left of old ones.</param>
/// <param name="Seed">What every random choice follows from.</param>
/// <param name="Key">The key that the bridge asks for; null where it asks for none.</param>
internal sealed record ChaosSettings(
    Uri Address, TimeSpan Duration, TimeSpan KillEvery, int Callers, IReadOnlyList<Fault> Faults, string? Fallback, TimeSpan Timeout, TimeSpan Settle, int Seed, string? Key = null)
{
    private static readonly TimeSpan LongestUndisturbed = TimeSpan.FromSeconds(30);

    /// <summary>How long the callers run before the first fault.</summary>
    public TimeSpan Undisturbed => TimeSpan.FromTicks(Math.Min(Duration.Ticks / 5, LongestUndisturbed.Ticks));
}
