namespace AkiDb.Bridge.Chaos;

/// <summary>A worker, the processes that watch over it, and the host that they belong to.</summary>
/// <param name="Host">The process that the worker was told it belongs to, because one whose fork server has died has another parent; else the first ancestor that is no worker.</param>
/// <param name="Processes">The worker first, then its ancestors that run the worker's package.</param>
internal sealed record WorkerFamily(int Host, IReadOnlyList<LinuxProcess> Processes)
{
    /// <summary>The family of a worker's process id; null when no worker of this machine has it.</summary>
    public static WorkerFamily? Of(int pid)
    {
        var processes = new List<LinuxProcess>();
        var next = LinuxProcess.Find(pid);
        while (next is { IsWorker: true })
        {
            processes.Add(next);
            next = LinuxProcess.Find(next.ParentPid);
        }

        return processes.Count > 0 && (processes[0].Host ?? next?.Pid) is { } host ? new WorkerFamily(host, processes) : null;
    }
}
