using AkiDb.Bridge.Processes;
using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Supervision;

/// <summary>One worker from its process to its end: the process, its connection, and what is known about it.</summary>
internal sealed class WorkerInstance : IAsyncDisposable
{
    private readonly TimeProvider time;
    private readonly long started;
    private readonly Lock counting = new();
    private volatile PongMessage? lastPong;
    private long probes;
    private long? servedBeforeProbe;
    private long? readySince;

    public WorkerInstance(IWorkerProcess process, int maxFrameBytes, Action<ReplyReader> read, TimeProvider time, ILogger logger)
    {
        this.time = time;
        started = time.GetTimestamp();
        Process = process;
        Pid = process.Pid;
        Connection = new WorkerConnection(process.Input, process.Output, maxFrameBytes, read, time, logger);
        OomKillsBefore = OomKills.Read();
    }

    public IWorkerProcess Process { get; }

    public WorkerConnection Connection { get; }

    /// <summary>Its greeting; null until it came.</summary>
    public HelloMessage? Hello { get; private set; }

    /// <summary>What gets work; null until it has loaded its model.</summary>
    public Worker? Worker { get; private set; }

    /// <summary>The process that computes; until its hello, the one that was started.</summary>
    public int Pid { get; private set; }

    /// <summary>The first answer to a ping; null before.</summary>
    public PongMessage? FirstPong { get; private set; }

    /// <summary>The last answer to a ping; null before the first.</summary>
    public PongMessage? LastPong => lastPong;

    /// <summary>The kernel's count of processes killed for want of memory, a moment ago; null where it is not known.</summary>
    public long? OomKillsBefore { get; private set; }

    /// <summary>Since the process was started.</summary>
    public TimeSpan Uptime => time.GetElapsedTime(started);

    /// <summary>How long it has been ready; null when it never was.</summary>
    public TimeSpan? Service => readySince is { } since ? time.GetElapsedTime(since) : null;

    /// <summary>Batches that it has computed for callers; what comes beside a probe is counted when that is over.</summary>
    public long Served
    {
        get
        {
            lock (counting)
            {
                return servedBeforeProbe ?? (Worker?.Computed ?? 0) - probes;
            }
        }
    }

    /// <summary>It has said hello.</summary>
    /// <returns>False when the process that it says it is does not come from the one that was started: that one is believed.</returns>
    public bool RecordHello(HelloMessage hello)
    {
        Hello = hello;
        var recognized = Process.Recognize(hello.Pid);
        Pid = recognized ? hello.Pid : Process.Pid;
        return recognized;
    }

    public void RecordLoaded(Worker worker) => Worker = worker;

    public void RecordReady() => readySince = time.GetTimestamp();

    public void RecordPong(PongMessage pong)
    {
        FirstPong ??= pong;
        lastPong = pong;
        OomKillsBefore = OomKills.Read();
    }

    /// <summary>Has it compute the probe.</summary>
    /// <returns>Why it may not serve; null when it may.</returns>
    public async Task<BridgeError?> ProbeAsync(WorkerBlueprint blueprint, CancellationToken cancellationToken)
    {
        var before = Worker!.Computed;
        lock (counting)
        {
            servedBeforeProbe = before - probes;
        }

        try
        {
            return await blueprint.Accept(Worker, cancellationToken);
        }
        finally
        {
            lock (counting)
            {
                // Without a reference nothing was computed; a caller's batch in the same moment may be taken for the probe.
                probes += Worker.Computed > before ? 1 : 0;
                servedBeforeProbe = null;
            }
        }
    }

    /// <summary>Ends the process, if it has not ended, and lets go of its pipes.</summary>
    public async ValueTask DisposeAsync()
    {
        // First the process: a pipe that it does not read would hold a write, and with it the connection, open.
        Process.Kill();
        await Connection.DisposeAsync();
        await Process.DisposeAsync();
    }
}
