namespace AkiDb.Bridge.Host.Chaos;

/// <summary>A worker, the processes that watch over it, and the host that started them.</summary>
/// <param name="Host">The first ancestor that is no worker.</param>
/// <param name="Processes">The worker first, then its ancestors below the host.</param>
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

        return processes.Count > 0 && next is not null ? new WorkerFamily(next.Pid, processes) : null;
    }
}
