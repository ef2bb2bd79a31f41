namespace AkiDb.Bridge.Dispatch;

/// <summary>The rules of where a batch goes: the preferred engine first; the other when it cannot; never nowhere while something may still come.</summary>
internal static class Router
{
    public static Route Choose(in RouteFacts facts, TimeSpan failback)
    {
        var inProcess = facts.InProcessAllowed && facts.InProcessReady;

        // Workers that have just come back prove themselves first, as long as someone else can answer meanwhile.
        var trusted = facts.WorkersServing >= failback && !facts.CircuitOpen && !facts.AvoidWorkers;
        if (facts.HasWorkers && facts.WorkersServing is not null && (trusted || !inProcess))
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
