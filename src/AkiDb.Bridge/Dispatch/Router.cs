namespace AkiDb.Bridge.Dispatch;

/// <summary>The rules of where a batch goes: the preferred engine first; the other when it cannot; never nowhere while something may still come.</summary>
internal static class Router
{
    /// <summary>Whether workers are given work although another engine could do it: those that have just come back prove themselves first.</summary>
    public static bool Trusts(in RouteFacts facts, TimeSpan failback) =>
        facts.HasWorkers && facts.WorkersServing >= failback && !facts.CircuitOpen && !facts.AvoidWorkers;

    public static Route Choose(in RouteFacts facts, TimeSpan failback)
    {
        var inProcess = facts.InProcessAllowed && facts.InProcessReady;
        if (facts.HasWorkers && facts.WorkersServing is not null && (Trusts(facts, failback) || !inProcess))
        {
            return (inProcess, facts.Prefer) switch
            {
                (true, EnginePreference.InProcess) => Route.InProcess,
                (true, EnginePreference.Fastest) => Route.Either,
                _ => Route.Worker,
            };
        }

        if (inProcess)
        {
            return Route.InProcess;
        }

        if (facts.InProcessAllowed && facts.InProcessLoading)
        {
            return Route.WaitForInProcess;
        }

        return facts.HasWorkers && !facts.WorkersOut ? Route.ComingWorker : Route.None;
    }
}
