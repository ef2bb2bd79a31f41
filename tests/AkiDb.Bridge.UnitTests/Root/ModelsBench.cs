using AkiDb.Bridge.TestData;
using AkiDb.Bridge.UnitTests.Doubles;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.UnitTests.Root;

/// <summary>A bridge of several models, whose vectors are made up, over a configuration that can be written while it runs.</summary>
internal sealed class ModelsBench : IAsyncDisposable
{
    private readonly ServiceProvider services;
    private readonly WritableConfiguration configuration = new();
    private readonly BridgeRuntime runtime;

    private ModelsBench(Action<BridgeOptions> configure, IEnumerable<(string Key, string? Value)> values)
    {
        configuration.Write(values);
        var collection = new ServiceCollection();
        collection.AddSingleton<IConfiguration>(new ConfigurationBuilder().Add(configuration).Build());
        collection.AddLogging(logging => logging.AddProvider(Log));
        collection.AddAkiDbBridge(configure);
        services = collection.BuildServiceProvider();
        runtime = services.GetRequiredService<BridgeRuntime>();
        Bridge = services.GetRequiredService<IEmbeddingBridge>();
    }

    public IEmbeddingBridge Bridge { get; }

    public RecordingLoggers<ModelReload> Log { get; } = new();

    /// <summary>The models' names and states, the default one first.</summary>
    public string[] Models => [.. Bridge.Models.Select(model => $"{model.Id} {model.State}")];

    /// <summary>A folder of <c>tests/data/models</c>, as a configuration names it.</summary>
    public static string Folder(string model) => TestPaths.Model(model);

    public static async Task<ModelsBench> StartAsync(params (string Key, string? Value)[] values) => await StartAsync(_ => { }, values);

    public static async Task<ModelsBench> StartAsync(Action<BridgeOptions> configure, params (string Key, string? Value)[] values)
    {
        var bench = new ModelsBench(configure, values.Prepend(("Provider", "mock")));
        await bench.runtime.StartAsync(TestContext.Current.CancellationToken);
        await Soon.UntilAsync(() => bench.Bridge.Models.All(model => model.State != BridgeState.Unavailable));
        return bench;
    }

    public Task<EmbeddingResult> EmbedAsync(string? model) =>
        Bridge.EmbedAsync(new EmbeddingRequest { Inputs = ["a text"], Model = model }, TestContext.Current.CancellationToken);

    public async Task<BridgeError> RefusalAsync(string? model) => (await Assert.ThrowsAsync<BridgeException>(() => EmbedAsync(model))).Error;

    /// <summary>Writes values, null removing one, and tells the host.</summary>
    public void Write(params (string Key, string? Value)[] values) => configuration.Write(values);

    public async ValueTask DisposeAsync()
    {
        await runtime.StopAsync(CancellationToken.None);
        await services.DisposeAsync();
    }
}
