namespace AkiDb.Bridge.Supervision;

/// <summary>How workers are kept alive.</summary>
public sealed class SupervisionOptions
{
    /// <summary>Worker processes. <c>auto</c> (default, null): one for each NVIDIA GPU that <c>Worker:Device</c> lets them use, else 1.</summary>
    public int? Workers { get; set; }

    /// <summary>How long a slot's first worker waits for the one of the slot before it to be ready, or to fail. Default 10 s; zero starts all at once.</summary>
    public TimeSpan StartStagger { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether workers are forked from a process that has imported the libraries already: they start in a tenth of the time and share that memory.
    /// Default true; it holds on Linux, elsewhere each worker imports them itself.
    /// </summary>
    public bool ForkServer { get; set; } = true;

    /// <summary>From the start of the process to its hello. Default 10 s.</summary>
    public TimeSpan HelloTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Without any progress while loading, and for the fork server's imports. Default 60 s.</summary>
    public TimeSpan LoadTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Between two pings. Default 1 s.</summary>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Without an answer to a ping, after which the worker gets nothing until it answers. Default 1.5 s.</summary>
    public TimeSpan UnhealthyAfter { get; set; } = TimeSpan.FromSeconds(1.5);

    /// <summary>Without an answer to a ping, after which the worker is replaced. Default 5 s.</summary>
    public TimeSpan PingTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>A batch whose computation has not moved for this long is stuck, and its worker is replaced. Default 20 s.</summary>
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>A worker that has computed nothing for this long is asked for the probe's vectors, which must be right. Default 30 s.</summary>
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The back-off's first bound; it doubles with every early death for which no input is suspected. Default 250 ms.</summary>
    public TimeSpan BackOffBase { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The back-off's largest bound. Default 30 s.</summary>
    public TimeSpan BackOffMax { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>A worker that served for this long has earned a fresh back-off; one that dies before has died early. Default 30 s.</summary>
    public TimeSpan GoodService { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>That many early deaths within <see cref="QuarantineWindow"/> put the slot into quarantine. Default 10.</summary>
    public int QuarantineAfter { get; set; } = 10;

    /// <summary>Early deaths longer ago than this are forgotten. Default 5 min.</summary>
    public TimeSpan QuarantineWindow { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long nothing is tried in a quarantined slot; then one worker is. Default 1 min.</summary>
    public TimeSpan QuarantineCoolDown { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Between two tries of something that a restart cannot mend, such as a missing interpreter. Default 30 s.</summary>
    public TimeSpan MisconfiguredRetry { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>What a worker is given to finish and exit when it is asked to. Default 5 s; then it is sent SIGTERM, and a second later it is killed.</summary>
    public TimeSpan GracePeriod { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>A worker that has computed so many batches is replaced, without a gap. Default 0: never for that.</summary>
    public long RecycleRequests { get; set; }

    /// <summary>A worker that has served for so long is replaced, without a gap. Default 0: never for that.</summary>
    public TimeSpan RecycleAge { get; set; }

    /// <summary>A worker that holds more bytes of memory than this is replaced, without a gap. Default 0: never for that.</summary>
    public long RecycleMemory { get; set; }
}
