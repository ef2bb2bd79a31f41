using AkiDb.Bridge.Models;
using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.Supervision;
using AkiDb.Bridge.UnitTests.Doubles;
using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Supervision;

/// <summary>Slots under a fake clock, with processes that exist only in memory.</summary>
internal sealed class SlotBench : IAsyncDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly Lazy<Supervisor> supervisor;
    private Task running = Task.CompletedTask;

    public SlotBench(int slots = 1)
    {
        Pool = new WorkerPool(2, Time, slots);
        supervisor = new Lazy<Supervisor>(() => new Supervisor(Blueprint, slots, Options, Pool, Time, Log));
    }

    public FakeTimeProvider Time { get; } = new();

    public SupervisionOptions Options { get; } = new();

    public FakeLauncher Launcher { get; } = new();

    public RecordingLogger<Supervisor> Log { get; } = new();

    public WorkerPool Pool { get; }

    /// <summary>The slots; the options count as they are when this is asked for first.</summary>
    public Supervisor Supervisor => supervisor.Value;

    /// <summary>The last check of a worker.</summary>
    public Func<Worker, CancellationToken, Task<BridgeError?>> Accept { get; set; } = (_, _) => Task.FromResult<BridgeError?>(null);

    /// <summary>What reads what workers say; it counts as it is when the slots are asked for first.</summary>
    public Action<ReplyReader> ReadReplies { get; set; } = ReplyThreads.Start;

    public SlotStatus Status => Supervisor.Status[0];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private WorkerBlueprint Blueprint => new(
        () => Launcher,
        new LoadRequest(TestModel.Bert(), "cpu", "auto", 1, 512),
        Task.FromResult(new ModelFingerprint("aa", "0011223344556677")),
        ProtocolVersion.DefaultMaxFrameBytes,
        (worker, token) => Accept(worker, token))
    {
        ReadReplies = ReadReplies,
    };

    /// <summary>Runs until the first slot is in this state.</summary>
    public async Task<SlotBench> StartAsync(SlotState until = SlotState.Ready)
    {
        Start();
        await StateAsync(until);
        return this;
    }

    public void Start() => running = Supervisor.RunAsync(stopping.Token);

    public Task StateAsync(SlotState state) => UntilAsync(() => Status.State == state);

    /// <summary>Waits for something that needs no time to pass; a slot that failed is a failure of the test.</summary>
    public async Task UntilAsync(Func<bool> condition)
    {
        await Soon.UntilAsync(() => condition() || running.IsFaulted);
        if (running.IsFaulted)
        {
            await running;
        }
    }

    /// <summary>Lets the clock run until something has happened.</summary>
    public async Task AdvanceUntilAsync(Func<bool> condition, TimeSpan? step = null)
    {
        await Soon.AdvanceUntilAsync(Time, step ?? TimeSpan.FromMilliseconds(50), HappenedAsync());

        async Task<bool> HappenedAsync()
        {
            await UntilAsync(condition);
            return true;
        }
    }

    /// <summary>The process with this number, once it was started.</summary>
    public async Task<FakeProcess> ProcessAsync(int number)
    {
        await UntilAsync(() => Launcher.Processes.Count > number);
        return Launcher.Processes[number];
    }

    /// <summary>A lease of a worker that serves.</summary>
    public async Task<WorkerLease> LeaseAsync() => await Pool.LeaseAsync(waitForComing: true, Stop) ?? throw new InvalidOperationException("No worker comes.");

    public async Task StopAsync()
    {
        await stopping.CancelAsync();
        await AdvanceUntilAsync(() => running.IsCompleted, TimeSpan.FromMilliseconds(200));
        await running;
    }

    public async ValueTask DisposeAsync()
    {
        if (!stopping.IsCancellationRequested)
        {
            await StopAsync();
        }

        Assert.True(running.IsCompleted);
        Assert.All(Launcher.Processes, process => Assert.True(process.WasDisposed));
        stopping.Dispose();
        Supervisor.Dispose();
    }
}
