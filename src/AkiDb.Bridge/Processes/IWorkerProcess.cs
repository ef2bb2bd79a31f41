namespace AkiDb.Bridge.Processes;

/// <summary>One worker process: its pipes, its stderr, its end.</summary>
internal interface IWorkerProcess : IAsyncDisposable
{
    /// <summary>What was started.</summary>
    string Executable { get; }

    /// <summary>The process that the host started, which may be the parent of the one that computes.</summary>
    int Pid { get; }

    /// <summary>The worker's stdin.</summary>
    Stream Input { get; }

    /// <summary>The worker's stdout.</summary>
    Stream Output { get; }

    /// <summary>Completes when the process has ended, whoever still holds its pipes.</summary>
    Task<WorkerExit> Exited { get; }

    /// <summary>The last lines of its stderr.</summary>
    IReadOnlyList<string> LastStderr { get; }

    /// <summary>What Python wrote there about a failure in the last moments; null when it wrote none.</summary>
    string? LastTraceback { get; }

    /// <summary>Completes with a sentence when it has written far more to its stderr than anybody can read.</summary>
    Task<string> Flooded { get; }

    /// <summary>The process that computes has said hello: if it descends from this one, killing this one ends that one's group too.</summary>
    /// <returns>False when it is another process, which is nobody's business here.</returns>
    bool Recognize(int claimed);

    /// <summary>Asks the process to end, where there is a way to.</summary>
    void Terminate();

    /// <summary>Ends the process and its children, at once.</summary>
    void Kill();
}
