using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.UnitTests.Doubles;
using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Dispatch;

/// <summary>A dispatcher over a pool of in-memory workers, an in-process engine that the test chooses, and a fake clock.</summary>
internal sealed class DispatchBench : IAsyncDisposable
{
    private readonly List<InMemoryWorker> workers = [];

    public FakeTimeProvider Time { get; } = new();

    public DispatchOptions Options { get; } = new();

    public WorkerPool Pool { get; }

    public InProcessEngine? InProcess { get; private set; }

    public Dispatcher Dispatcher { get; private set; }

    public float[] Rows { get; } = new float[2];

    public RecordingLogger<Dispatcher> Log { get; } = new();

    public DispatchBench()
    {
        Pool = new WorkerPool(2, Time);
        Dispatcher = Create();
    }

    public Dispatcher Create(bool workers = true) => new(workers ? Pool : null, InProcess, Options, Time, Log);

    public async Task<DispatchBench> WithInProcessAsync(IEngine engine, bool workers = true)
    {
        InProcess = new InProcessEngine(() => engine, 512, new RecordingLogger<InProcessEngine>());
        InProcess.Start();
        await InProcess.Loaded;
        Dispatcher = Create(workers);
        return this;
    }

    public DispatchBench WithInProcess(InProcessEngine engine)
    {
        InProcess = engine;
        Dispatcher = Create();
        return this;
    }

    /// <summary>A worker in the pool.</summary>
    public (InMemoryWorker Peer, Worker Worker) Add(Func<InMemoryWorker, InMemoryWorker>? behave = null)
    {
        var peer = new InMemoryWorker();
        _ = behave?.Invoke(peer);
        workers.Add(peer);
        var worker = peer.AsWorker(workers.Count - 1);
        Pool.Add(worker);
        return (peer, worker);
    }

    public async Task<DispatchReply> DispatchAsync(bool inProcessAllowed = true, TimeSpan? remaining = null, CancellationToken? caller = null)
    {
        var parts = new List<BatchPart>();
        await Dispatcher.DispatchAsync(
            InMemoryWorker.Batch(),
            Rows,
            new EngineRequirements(inProcessAllowed, AvoidWorkers: false),
            lease: null,
            remaining ?? TimeSpan.FromSeconds(30),
            parts.Add,
            caller ?? TestContext.Current.CancellationToken);
        return Assert.Single(parts).Reply;
    }

    /// <summary>The reply, however much of the fake clock's time it takes.</summary>
    public Task<DispatchReply> ReplyAsync(Task<DispatchReply> dispatch, int stepMilliseconds = 50) =>
        Soon.AdvanceUntilAsync(Time, TimeSpan.FromMilliseconds(stepMilliseconds), dispatch);

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in workers)
        {
            await worker.DisposeAsync();
        }

        if (InProcess is not null)
        {
            await InProcess.DisposeAsync();
        }
    }
}
