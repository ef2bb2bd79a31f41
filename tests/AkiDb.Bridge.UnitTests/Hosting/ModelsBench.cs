using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Hosting;
using AkiDb.Bridge.TestData;
using AkiDb.Bridge.UnitTests.Doubles;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.UnitTests.Hosting;

/// <summary>A bridge of several models, whose vectors are made up, over a configuration that can be written while it runs.</summary>
internal sealed class ModelsBench : IAsyncDisposable
{
    private readonly ServiceProvider services;
    private readonly WritableConfiguration configuration = new();
    private readonly IHostedService host;

    private ModelsBench(Action<BridgeOptions> configure, FileDouble? file, IEnumerable<(string Key, string? Value)> values)
    {
        configuration.Write(values);
        var collection = new ServiceCollection();
        var builder = new ConfigurationBuilder();
        if (file is not null)
        {
            builder.Add(new JsonConfigurationSource { FileProvider = file, Path = file.Name, Optional = true, ReloadOnChange = true, ReloadDelay = 0 });
        }

        collection.AddSingleton<IConfiguration>(builder.Add(configuration).Build());
        collection.AddLogging(logging => logging.AddProvider(Log));
        collection.AddAkiDbBridge(configure);
        services = collection.BuildServiceProvider();
        host = Assert.Single(services.GetServices<IHostedService>());
        Bridge = services.GetRequiredService<IEmbeddingBridge>();
        Administration = services.GetRequiredService<IBridgeAdministration>();
    }

    public IEmbeddingBridge Bridge { get; }

    public IBridgeAdministration Administration { get; }

    public RecordingLoggers<ConfigurationReloader> Log { get; } = new();

    public BridgeStatus Status => Administration.GetStatus();

    /// <summary>The models' names and states, the default one first.</summary>
    public string[] Models => [.. Status.Models.Select(model => $"{model.Model} {model.State}")];

    /// <summary>A folder of <c>tests/data/models</c>, as a configuration names it.</summary>
    public static string Folder(string model) => TestPaths.Model(model);

    public static async Task<ModelsBench> StartAsync(params (string Key, string? Value)[] values) => await StartAsync(_ => { }, values);

    /// <summary>The same with a file in its configuration.</summary>
    public static Task<ModelsBench> StartAsync(FileDouble file) => StartAsync(new ModelsBench(_ => { }, file, [("Provider", "mock")]));

    public static Task<ModelsBench> StartAsync(Action<BridgeOptions> configure, params (string Key, string? Value)[] values) =>
        StartAsync(new ModelsBench(configure, null, values.Prepend(("Provider", "mock"))));

    /// <summary>The same without waiting for the further models to be read.</summary>
    public static async Task<ModelsBench> BeginAsync(params (string Key, string? Value)[] values)
    {
        var bench = new ModelsBench(_ => { }, null, values.Prepend(("Provider", "mock")));
        await bench.host.StartAsync(TestContext.Current.CancellationToken);
        return bench;
    }

    private static async Task<ModelsBench> StartAsync(ModelsBench bench)
    {
        await bench.host.StartAsync(TestContext.Current.CancellationToken);
        await Soon.UntilAsync(() => bench.Status.Models.All(model => model.State != BridgeState.Unavailable));
        return bench;
    }

    public Task<EmbeddingResult> EmbedAsync(string? model) =>
        Bridge.EmbedAsync(new EmbeddingRequest { Inputs = ["a text"], Model = model }, TestContext.Current.CancellationToken);

    public async Task<BridgeError> RefusalAsync(string? model) => (await Assert.ThrowsAsync<BridgeException>(() => EmbedAsync(model))).Error;

    /// <summary>Writes values, null removing one, and tells the host.</summary>
    public void Write(params (string Key, string? Value)[] values) => configuration.Write(values);

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync(CancellationToken.None);
        await services.DisposeAsync();
    }
}
