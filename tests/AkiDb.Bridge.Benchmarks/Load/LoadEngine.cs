using System.Diagnostics;
using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Processes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Benchmarks.Load;

/// <summary>A bridge in this process with one kind of engine, and how fast that engine is when it is fed perfectly.</summary>
internal sealed class LoadEngine : IAsyncDisposable
{
    private const int PerfectBatch = 32;

    // One is computed while the next is already there; more would only wait, and be refused for it.
    private const int PerfectCallers = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Refused = TimeSpan.FromMilliseconds(100);

    private readonly IHost host;
    private readonly Dictionary<int, (double Texts, TimeSpan Time)> perfect = [];

    private LoadEngine(string name, string[] switches, IHost host)
    {
        (Name, Switches, this.host) = (name, switches, host);
        Bridge = host.Services.GetRequiredService<IEmbeddingBridge>();
        Administration = host.Services.GetRequiredService<IBridgeAdministration>();
    }

    public string Name { get; }

    /// <summary>What makes <c>akidb-bridge serve</c> use the same engine.</summary>
    public string[] Switches { get; }

    public IEmbeddingBridge Bridge { get; }

    public IBridgeAdministration Administration { get; }

    /// <summary>The PyTorch worker alone; null where no interpreter has PyTorch.</summary>
    public static async Task<LoadEngine?> StartWorkerAsync(TimeSpan maxWait, CancellationToken cancellationToken)
    {
        try
        {
            var python = await PythonInterpreter.FindAsync(Environment.GetEnvironmentVariable("AKIDB_EMBEDDING_PYTHON_PATH"), TimeProvider.System, cancellationToken);
            return await StartAsync(
                "worker",
                ["--fallback", "off", "--python", python],
                options => (options.Fallback, options.Worker.PythonPath, options.Admission.MaxWait) = (FallbackPolicy.Off, python, maxWait),
                cancellationToken);
        }
        catch (BridgeException error)
        {
            Console.WriteLine($"worker: absent. {error.Message}");
            return null;
        }
    }

    /// <summary>The in-process engine alone.</summary>
    public static Task<LoadEngine> StartInProcessAsync(TimeSpan maxWait, CancellationToken cancellationToken) =>
        StartAsync("in-process", ["--provider", "onnx"], options => (options.Provider, options.Admission.MaxWait) = (EmbeddingProvider.Onnx, maxWait), cancellationToken);

    /// <summary>One text through the library.</summary>
    public Task<BridgeErrorKind?> EmbedAsync(string text, CancellationToken cancellationToken) => EmbedAsync(new EmbeddingRequest { Inputs = [text] }, cancellationToken);

    /// <summary>Feeds it perfect batches for a while: requests of 32 texts of one length, as many at once as keep it busy.</summary>
    /// <returns>Texts a second, of this while alone.</returns>
    public async Task<double> MeasurePerfectBatchesAsync(int tokens, TimeSpan length, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var texts = await Task.WhenAll(Enumerable.Range(0, PerfectCallers).Select(_ => FeedAsync()));
        var (before, time) = perfect.GetValueOrDefault(tokens);
        var took = Stopwatch.GetElapsedTime(started);
        perfect[tokens] = (before + texts.Sum(), time + took);
        return texts.Sum() / took.TotalSeconds;

        async Task<int> FeedAsync()
        {
            var fed = 0;
            do
            {
                var batch = Enumerable.Range(0, PerfectBatch).Select(_ => LoadTexts.Of(Random.Shared, tokens)).ToArray();
                if (await EmbedAsync(new EmbeddingRequest { Inputs = batch, Priority = EmbeddingPriority.Interactive }, cancellationToken) is null)
                {
                    fed += batch.Length;
                }
                else
                {
                    // It is busy with what it has: no reason to wait in line behind that.
                    await Task.Delay(Refused, TimeProvider.System, cancellationToken);
                }
            }
            while (Stopwatch.GetElapsedTime(started) < length);
            return fed;
        }
    }

    /// <summary>The texts a second that perfect batches give.</summary>
    /// <param name="mixed">For the mix: each text at the price of its own perfect batch.</param>
    public double PerfectRate(bool mixed)
    {
        var longShare = mixed ? LoadTexts.LongShare : 0;
        return 1 / (((1 - longShare) * Seconds(LoadTexts.Short)) + (longShare * Seconds(LoadTexts.Long)));

        double Seconds(int tokens) => perfect.GetValueOrDefault(tokens) is { Texts: > 0 } measured ? measured.Time.TotalSeconds / measured.Texts : 0;
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
    }

    private async Task<BridgeErrorKind?> EmbedAsync(EmbeddingRequest request, CancellationToken cancellationToken)
    {
        try
        {
            await Bridge.EmbedAsync(request, cancellationToken);
            return null;
        }
        catch (BridgeException error)
        {
            return error.Error.Kind;
        }
    }

    private static async Task<LoadEngine> StartAsync(string name, string[] switches, Action<BridgeOptions> configure, CancellationToken cancellationToken)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging(logging => logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Error));
        builder.Services.AddAkiDbBridge(configure);
        var engine = new LoadEngine(name, switches, builder.Build());
        try
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            deadline.CancelAfter(Patience);
            await engine.host.StartAsync(deadline.Token);
            while (engine.Administration.GetStatus().Default.State != BridgeState.Ready)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, deadline.Token);
            }

            return engine;
        }
        catch
        {
            await engine.DisposeAsync();
            throw;
        }
    }
}
