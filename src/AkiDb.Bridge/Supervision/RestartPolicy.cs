namespace AkiDb.Bridge.Supervision;

/// <summary>How long a crashed worker waits before its restart.</summary>
/// <remarks>
/// 1. Nothing a restart could mend:       the slow, even retry.
/// 2. It served long enough:              all is forgotten; the shortest back-off.
/// 3. It served, and was ended by others: the shortest back-off, and it does not count.
/// 4. It died early:                      it counts. Too often within the window means quarantine, and so does the one try after it.
/// 5. Its input is suspected:             the shortest back-off: the next worker will not be given that input again.
/// 6. Otherwise:                          exponential back-off, with full jitter, so that slots that died together do not start together.
/// </remarks>
/// <param name="options">The bounds.</param>
/// <param name="time">The clock.</param>
/// <param name="random">A number in [0, 1).</param>
internal sealed class RestartPolicy(SupervisionOptions options, TimeProvider time, Func<double> random)
{
    private readonly Queue<long> earlyDeaths = new();
    private int doublings;
    private bool onProbation;

    /// <summary>What follows an end: <see cref="SlotState.BackingOff"/> or <see cref="SlotState.Quarantined"/>, and for how long.</summary>
    public (SlotState State, TimeSpan Delay) After(WorkerEnd end)
    {
        if (end.Misconfigured)
        {
            return (SlotState.BackingOff, options.MisconfiguredRetry);
        }

        if (end.Served >= options.GoodService)
        {
            earlyDeaths.Clear();
            (doublings, onProbation) = (0, false);
            return (SlotState.BackingOff, NextBackOff());
        }

        if (end is { Served: not null, FromOutside: true })
        {
            return (SlotState.BackingOff, ShortestBackOff());
        }

        if (IsCrashLoop())
        {
            return (SlotState.Quarantined, options.QuarantineCoolDown);
        }

        return (SlotState.BackingOff, end.InputSuspected ? ShortestBackOff() : NextBackOff());
    }

    private bool IsCrashLoop()
    {
        earlyDeaths.Enqueue(time.GetTimestamp());
        while (time.GetElapsedTime(earlyDeaths.Peek()) > options.QuarantineWindow)
        {
            earlyDeaths.Dequeue();
        }

        onProbation |= earlyDeaths.Count >= options.QuarantineAfter;
        return onProbation;
    }

    private TimeSpan ShortestBackOff() => options.BackOffBase * random();

    private TimeSpan NextBackOff() => BackOff(options, doublings++) * random();

    /// <summary>The bound of a back-off after so many others.</summary>
    public static TimeSpan BackOff(SupervisionOptions options, int before)
    {
        // Compared as numbers: a TimeSpan would overflow where the bound has long been passed.
        var bound = options.BackOffBase.TotalMilliseconds * Math.Pow(2, Math.Min(before, 30));
        return bound < options.BackOffMax.TotalMilliseconds ? TimeSpan.FromMilliseconds(bound) : options.BackOffMax;
    }
}
