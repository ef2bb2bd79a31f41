using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Hosting;

namespace AkiDb.Bridge.Host.Trials;

/// <summary>One engine of a model, started alone to compute some texts.</summary>
/// <param name="configure">Adds the configuration.</param>
/// <param name="time">The clock.</param>
internal sealed class EngineTrial(Action<IConfigurationBuilder> configure, TimeProvider time)
{
    private const int Repetitions = 10;

    // Loading a model of many gigabytes takes minutes, and a try that makes no progress ends by itself.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <summary>The engine in this process.</summary>
    /// <exception cref="BridgeException">It does not serve.</exception>
    public Task<TrialResult> InProcessAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken) =>
        RunAsync(texts, options => options.Provider = EmbeddingProvider.Onnx, cancellationToken);

    /// <summary>One worker, and nobody else.</summary>
    /// <inheritdoc cref="InProcessAsync" path="/exception"/>
    public Task<TrialResult> WorkerAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken) => RunAsync(
        texts,
        options =>
        {
            options.Provider = EmbeddingProvider.PythonBridge;
            options.Supervision.Workers = 1;
            options.Fallback = FallbackPolicy.Off;
        },
        cancellationToken);

    private async Task<TrialResult> RunAsync(IReadOnlyList<string> texts, Action<BridgeOptions> change, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var host = QuietHost.Build(
            configure,
            options =>
            {
                options.FallbackModel = null;
                change(options);
            },
            LogLevel.None);
        try
        {
            return await ComputeAsync(host, texts, either.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new BridgeException(BridgeErrorKind.NoEngine, $"It did not answer within {Longest.TotalMinutes:F0} minutes.");
        }
        finally
        {
            await HostRun.StopAsync(host, CancellationToken.None);
            await ((IAsyncDisposable)host).DisposeAsync();
        }
    }

    private async Task<TrialResult> ComputeAsync(IHost host, IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        await host.StartAsync(cancellationToken);
        await host.Services.GetRequiredService<ModelRegistry>().Default.SettledAsync(cancellationToken);
        var ready = time.GetElapsedTime(started);
        if (host.Services.GetRequiredService<IBridgeAdministration>().GetStatus().Default is { State: BridgeState.Unavailable } status)
        {
            throw new BridgeException(BridgeErrorKind.NoEngine, string.Join(' ', status.Reasons));
        }

        var bridge = host.Services.GetRequiredService<IEmbeddingBridge>();
        var result = await bridge.EmbedAsync(new EmbeddingRequest { Inputs = texts, Normalize = true }, cancellationToken);
        return new TrialResult(result, ready, await FastestAsync(bridge, new EmbeddingRequest { Inputs = [texts[0]] }, cancellationToken));
    }

    private async Task<TimeSpan> FastestAsync(IEmbeddingBridge bridge, EmbeddingRequest request, CancellationToken cancellationToken)
    {
        var fastest = TimeSpan.MaxValue;
        for (var i = 0; i < Repetitions; i++)
        {
            var asked = time.GetTimestamp();
            await bridge.EmbedAsync(request, cancellationToken);
            var took = time.GetElapsedTime(asked);
            fastest = took < fastest ? took : fastest;
        }

        return fastest;
    }
}
