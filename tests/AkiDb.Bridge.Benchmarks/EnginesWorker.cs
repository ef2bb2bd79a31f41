using System.Diagnostics;
using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Processes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Benchmarks;

/// <summary>The real PyTorch worker behind the real bridge, without a fallback.</summary>
internal sealed class EnginesWorker : IAsyncDisposable
{
    public const string Name = "PyTorch worker, its compute";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly IHost host;
    private readonly IEmbeddingBridge bridge;
    private readonly IBridgeAdministration administration;
    private int pid;

    private EnginesWorker(string model, string interpreter, int threads)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging(logging => logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Error));
        builder.Services.AddAkiDbBridge(options =>
        {
            options.Model = model;
            options.Fallback = FallbackPolicy.Off;
            options.Dispatch.Timeout = Patience;
            options.Dispatch.AttemptTimeout = Patience;
            options.Worker.PythonPath = interpreter;
            options.Worker.Threads = threads;
        });
        host = builder.Build();
        bridge = host.Services.GetRequiredService<IEmbeddingBridge>();
        administration = host.Services.GetRequiredService<IBridgeAdministration>();
    }

    public TimeSpan ReadyAfter { get; private set; }

    public TimeSpan CpuWhenReady { get; private set; }

    /// <summary>Its process.</summary>
    public int Pid => pid;

    /// <summary>Starts it, and waits until it is ready; null where no interpreter has PyTorch.</summary>
    public static async Task<EnginesWorker?> StartAsync(string model, int threads, CancellationToken cancellationToken)
    {
        string interpreter;
        try
        {
            interpreter = await PythonInterpreter.FindAsync(Environment.GetEnvironmentVariable("AKIDB_EMBEDDING_PYTHON_PATH"), TimeProvider.System, cancellationToken);
        }
        catch (BridgeException error)
        {
            Console.WriteLine($"{Name}: absent. {error.Message}");
            return null;
        }

        var worker = new EnginesWorker(model, interpreter, threads);
        try
        {
            await worker.StartAsync(cancellationToken);
            return worker;
        }
        catch
        {
            await worker.DisposeAsync();
            throw;
        }
    }

    /// <summary>One call; the worker's own compute time, and its processor time.</summary>
    public async Task<EnginesTiming> EmbedAsync(string[] texts, CancellationToken cancellationToken)
    {
        var cpu = EnginesCpuClock.Of(pid);
        var result = await bridge.EmbedAsync(new EmbeddingRequest { Inputs = texts }, cancellationToken);
        return new(result.Compute, EnginesCpuClock.Of(pid) - cpu);
    }

    public EnginesWorkerLoad Load() => new(Name, ReadyAfter.TotalMilliseconds, CpuWhenReady.TotalMilliseconds, EnginesMemory.Of(pid));

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Patience);
        var started = Stopwatch.GetTimestamp();
        await host.StartAsync(cancellationToken);
        WorkerStatus? ready;
        while ((ready = administration.GetStatus().Default.Workers.FirstOrDefault(worker => worker is { State: "ready", Pid: not null })) is null)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, deadline.Token);
        }

        pid = ready.Pid!.Value;
        ReadyAfter = Stopwatch.GetElapsedTime(started);
        CpuWhenReady = EnginesCpuClock.Of(pid);
    }
}
