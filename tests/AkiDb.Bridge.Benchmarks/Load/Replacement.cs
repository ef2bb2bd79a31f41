namespace AkiDb.Bridge.Benchmarks.Load;

/// <summary>One worker taking over from another one; moments from the beginning of the run.</summary>
/// <param name="Asked">When it was asked for.</param>
/// <param name="LastOld">The beginning of the last look at the status that showed the old worker.</param>
/// <param name="TakenOver">The end of the first look that showed the new one.</param>
/// <param name="Gone">When the old process had ended.</param>
internal readonly record struct Replacement(TimeSpan Asked, TimeSpan LastOld, TimeSpan TakenOver, TimeSpan Gone)
{
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);

    /// <summary>When the takeover is over: a second after the new worker was seen, or when the old process is gone if that comes later.</summary>
    public TimeSpan Settled => TakenOver + Settling is var settled && settled > Gone ? settled : Gone;
}
