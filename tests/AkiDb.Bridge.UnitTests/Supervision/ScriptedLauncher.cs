using AkiDb.Bridge.Processes;
using AkiDb.Bridge.UnitTests.Exploration;

namespace AkiDb.Bridge.UnitTests.Supervision;

/// <summary>Starts processes at a moment that the schedule chooses, or fails to.</summary>
internal sealed class ScriptedLauncher(Schedule schedule) : IWorkerLauncher
{
    private readonly List<ScriptedProcess> processes = [];

    /// <summary>Every process so far.</summary>
    public IReadOnlyList<ScriptedProcess> Processes => processes;

    /// <summary>Whether everything works from now on.</summary>
    public bool IsHealthy { get; set; }

    public bool WasDisposed { get; private set; }

    /// <summary>The starts that are under way.</summary>
    public int Launching { get; private set; }

    public Task<IWorkerProcess> LaunchAsync(int slot, bool background, CancellationToken cancellationToken)
    {
        var started = new TaskCompletionSource<IWorkerProcess>();
        Launching++;
        schedule.Offer("a process is started", () =>
        {
            Launching--;
            if (cancellationToken.IsCancellationRequested)
            {
                started.SetCanceled(cancellationToken);
                return;
            }

            switch (IsHealthy ? 9 : schedule.Choose(12))
            {
                case 0:
                    started.SetException(new IOException("Too many open files"));
                    return;
                case 1:
                    started.SetException(new BridgeException(BridgeErrorKind.NoEngine, "No Python."));
                    return;
            }

            var process = Create();
            processes.Add(process);
            process.Start();
            started.SetResult(process);
        });
        return started.Task;
    }

    public ValueTask DisposeAsync()
    {
        schedule.Check(processes.TrueForAll(process => process.WasDisposed), "The launcher went before a process.");
        WasDisposed = true;
        return ValueTask.CompletedTask;
    }

    private ScriptedProcess Create() => new(schedule, processes.Count)
    {
        Greets = Works(),
        Loads = Works(),
        Weights = Works() ? "aa" : "bb",
        ObeysShutdown = Works(),
        ObeysTerminate = Works(),
    };

    private bool Works() => IsHealthy || schedule.Choose(10) > 0;
}
