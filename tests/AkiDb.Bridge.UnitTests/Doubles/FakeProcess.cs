using System.Threading.Channels;
using AkiDb.Bridge.Processes;

namespace AkiDb.Bridge.UnitTests.Doubles;

/// <summary>A worker process that exists only in memory, and does what the test says.</summary>
internal sealed class FakeProcess : IWorkerProcess
{
    private static int lastPid = 100_000_000;

    private readonly InMemoryPipe toWorker = new();
    private readonly InMemoryPipe toHost = new(16 * 1024 * 1024);
    private readonly TaskCompletionSource<WorkerExit> exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<HostFrame> pings = Channel.CreateUnbounded<HostFrame>();
    private readonly TaskCompletionSource<string> flooded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task serving = Task.CompletedTask;
    private Task answering = Task.CompletedTask;

    /// <summary>Completed when the worker may say hello.</summary>
    public TaskCompletionSource Hello { get; set; } = Done();

    /// <summary>Completed when the worker has loaded its model.</summary>
    public TaskCompletionSource Loaded { get; set; } = Done();

    /// <summary>With which code it exits as soon as it was started; null when it does not.</summary>
    public int? DiesAtOnce { get; set; }

    /// <summary>Completed when it may answer pings; replaced by one that is not, it is silent.</summary>
    public TaskCompletionSource Responsive { get; set; } = Done();

    /// <summary>Whether batches are computed; they wait for ever when not.</summary>
    public bool Computes { get; set; } = true;

    public bool ObeysShutdown { get; set; } = true;

    public bool ObeysTerminate { get; set; } = true;

    /// <summary>What it does when it is terminated, if it does not end at once; null when it does that, or nothing.</summary>
    public Action? Terminated { get; set; }

    /// <summary>What fails when it is killed for the first time; null when nothing does.</summary>
    public Exception? KillError { get; set; }

    public string Weights { get; set; } = "aa";

    public long RssBytes { get; set; } = 1_000;

    /// <summary>Whether it is on its way: it lives, and has not said that its model is loaded.</summary>
    public bool IsStarting => !HasLoaded && !exited.Task.IsCompleted;

    public bool HasLoaded { get; private set; }

    public bool WasTerminated { get; private set; }

    public bool WasKilled { get; private set; }

    public bool WasDisposed { get; private set; }

    public string Executable => "/opt/python";

    public int Pid { get; } = Interlocked.Add(ref lastPid, 2);

    /// <summary>The process that computes, as its hello says.</summary>
    public int WorkerPid => Pid + 1;

    public Stream Input => toWorker.Write;

    public Stream Output => toHost.Read;

    public Task<WorkerExit> Exited => exited.Task;

    public IReadOnlyList<string> LastStderr { get; set; } = [];

    public string? LastTraceback { get; set; }

    public static TaskCompletionSource Pending() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Start()
    {
        if (DiesAtOnce is { } code)
        {
            Die(code);
        }

        serving = ServeAsync();
        answering = AnswerPingsAsync();
    }

    public void Die(int code)
    {
        exited.TrySetResult(new WorkerExit(code));
        pings.Writer.TryComplete();
        toWorker.Read.Dispose();
        toHost.Write.Dispose();
    }

    public Task<string> Flooded => flooded.Task;

    public bool Recognize(int claimed) => claimed == WorkerPid;

    public void Flood() => flooded.TrySetResult("It floods its stderr.");

    public void Terminate()
    {
        WasTerminated = true;
        if (Terminated is { } obey)
        {
            obey();
        }
        else if (ObeysTerminate)
        {
            Die(143);
        }
    }

    public void Kill()
    {
        if (KillError is { } error)
        {
            KillError = null;
            throw error;
        }

        WasKilled |= !exited.Task.IsCompleted;
        Die(137);
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        WasDisposed = true;
        Hello.TrySetResult();
        Loaded.TrySetResult();
        Responsive.TrySetResult();
        await toWorker.Write.DisposeAsync();
        await serving;
        await answering;
    }

    private static TaskCompletionSource Done()
    {
        var done = Pending();
        done.SetResult();
        return done;
    }

    private async Task ServeAsync()
    {
        try
        {
            await Hello.Task;
            await SendAsync(WorkerFrames.Hello(pid: WorkerPid));
            while (await HostFrame.ReadAsync(toWorker.Read, CancellationToken.None) is { } frame)
            {
                await HandleAsync(frame);
            }
        }
        catch (Exception error) when (error is IOException or InvalidOperationException)
        {
            // The process has ended.
        }
    }

    private async Task HandleAsync(HostFrame frame)
    {
        switch (frame.Type)
        {
            case "load":
                await Loaded.Task;
                HasLoaded = true;
                await SendAsync(WorkerFrames.Ready(frame.Id, Weights, 2));
                break;
            case "embed" when Computes:
                await SendAsync(WorkerFrames.Rows(frame.Id, frame.Lengths.Length, 2, [.. Enumerable.Repeat(1f, frame.Lengths.Length * 2)]));
                break;
            case "ping":
                pings.Writer.TryWrite(frame);
                break;
            case "shutdown" when ObeysShutdown:
                Die(0);
                break;
        }
    }

    private async Task AnswerPingsAsync()
    {
        try
        {
            await foreach (var ping in pings.Reader.ReadAllAsync())
            {
                await Responsive.Task;
                await SendAsync(WorkerFrames.Pong(ping.Id, rssBytes: RssBytes));
            }
        }
        catch (Exception error) when (error is IOException or InvalidOperationException)
        {
            // The process has ended.
        }
    }

    private async Task SendAsync(byte[] frame) => await toHost.Write.WriteAsync(frame, CancellationToken.None);
}
