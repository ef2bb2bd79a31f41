namespace AkiDb.Bridge.Supervision;

/// <summary>Decides when a slot is filled again.</summary>
/// <remarks>
/// 1. Nothing a restart could mend:       the slow, even retry.
/// 2. It served long enough:              all is forgotten; the shortest back-off.
/// 3. It served, and was ended by others: the shortest back-off, and it does not count.
/// 4. It died early:                      it counts. Too often within the window means quarantine.
/// 5. Its input is suspected:             the shortest back-off: the next worker will not be given that input again.
/// 6. Otherwise:                          exponential back-off.
/// </remarks>
internal sealed class RestartPlan(SupervisionOptions options, TimeProvider time, Func<double> random)
{
    private readonly BackOff backOff = new(options.BackOffBase, options.BackOffMax, random);
    private readonly CrashLoop crashLoop = new(options.QuarantineAfter, options.QuarantineWindow, time);

    /// <summary>What follows an ending: <see cref="SlotState.BackingOff"/> or <see cref="SlotState.Quarantined"/>, and for how long.</summary>
    public (SlotState State, TimeSpan Delay) After(WorkerEnding ending)
    {
        if (ending.Misconfigured)
        {
            return (SlotState.BackingOff, options.MisconfiguredRetry);
        }

        if (ending.Served >= options.GoodService.Value)
        {
            backOff.Reset();
            crashLoop.Reset();
            return (SlotState.BackingOff, backOff.Next());
        }

        if (ending is { Served: not null, FromOutside: true })
        {
            return (SlotState.BackingOff, backOff.Least());
        }

        if (crashLoop.Died())
        {
            return (SlotState.Quarantined, options.QuarantineCoolDown);
        }

        return (SlotState.BackingOff, ending.InputSuspected ? backOff.Least() : backOff.Next());
    }
}
