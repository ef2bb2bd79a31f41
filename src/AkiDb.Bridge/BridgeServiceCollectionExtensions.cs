using AkiDb.Bridge;
using AkiDb.Bridge.Admission;
using AkiDb.Bridge.Configuration;
using AkiDb.Bridge.Generation;
using AkiDb.Bridge.Hosting;
using AkiDb.Bridge.Requests;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Puts the bridge into a host.</summary>
public static class BridgeServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="IEmbeddingBridge"/>, <see cref="IBridgeAdministration"/> and an <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/> over it, configured by the
    /// <c>Bridge</c> section of the host's configuration. The bridge and the generator are keyed services too: by a model's name, or the name of its entry in
    /// <c>Bridge:Models</c>. It may be called more than once.
    /// </summary>
    /// <param name="services">The host's services.</param>
    public static IServiceCollection AddAkiDbBridge(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(TimeProvider.System);
        AddConfiguration(services);
        services.TryAddSingleton(provider => new ResourceLedger(provider.GetRequiredService<IOptions<BridgeOptions>>().Value.Admission));
        AddRequests(services);
        AddModels(services);
        AddHosting(services);
        return services;
    }

    /// <inheritdoc cref="AddAkiDbBridge(IServiceCollection)"/>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Changes options after the configuration was read.</param>
    public static IServiceCollection AddAkiDbBridge(this IServiceCollection services, Action<BridgeOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        services.AddAkiDbBridge().AddOptions<BridgeOptions>().Configure(configure);
        return services;
    }

    /// <summary>The same as <see cref="AddAkiDbBridge(IServiceCollection)"/>, configured by <paramref name="configuration"/> instead of the host's. The last one given counts.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configuration">The bridge's own section, whatever its name; or a whole configuration, whose section <c>Bridge</c> is read.</param>
    public static IServiceCollection AddAkiDbBridge(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return services.AddAkiDbBridge().Replace(ServiceDescriptor.Singleton(provider => new BridgeConfiguration(configuration, provider.GetService<IConfiguration>())));
    }

    private static void AddConfiguration(IServiceCollection services)
    {
        services.TryAddSingleton(provider => new BridgeConfiguration(null, provider.GetService<IConfiguration>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<BridgeOptions>, BridgeOptionsSetup>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<BridgeOptions>, BridgeOptionsSetup>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<BridgeOptions>, BridgeOptionsSetup>());
        services.AddOptions<BridgeOptions>().ValidateOnStart();
        services.TryAddSingleton<ConfigurationWatch>();
    }

    private static void AddRequests(IServiceCollection services)
    {
        services.AddLogging();
        services.TryAddSingleton<TokenizingThreads>();
        services.TryAddSingleton<EmbeddingBridge>();
        services.TryAddSingleton<IEmbeddingBridge>(provider => provider.GetRequiredService<EmbeddingBridge>());
        services.TryAddSingleton<IBridgeAdministration>(provider => provider.GetRequiredService<EmbeddingBridge>());
        services.TryAddSingleton(provider => Generator(provider, null));
        services.TryAddSingleton<IEmbeddingGenerator>(provider => provider.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>());
    }

    // Models come and go while the host runs: any key is taken, and one that means no model is an error when it is used.
    private static void AddModels(IServiceCollection services)
    {
        services.TryAddKeyedSingleton<IEmbeddingBridge>(KeyedService.AnyKey, (provider, key) => new ModelBridge(provider.GetRequiredService<EmbeddingBridge>(), ModelOf(provider, key)));
        services.TryAddKeyedSingleton(KeyedService.AnyKey, (provider, key) => Generator(provider, ModelOf(provider, key)));
    }

    private static void AddHosting(IServiceCollection services)
    {
        services.TryAddSingleton<ModelRegistry>();
        services.TryAddSingleton<IModelDirectory>(provider => provider.GetRequiredService<ModelRegistry>());
        services.TryAddSingleton<ConfigurationSource>();
        services.TryAddSingleton<ConfigurationReloader>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, BridgeHostedService>());
    }

    private static string ModelOf(IServiceProvider provider, object? key) => ModelKey.ModelOf(key, provider.GetRequiredService<IOptions<BridgeOptions>>().Value);

    private static IEmbeddingGenerator<string, Embedding<float>> Generator(IServiceProvider provider, string? model) =>
        provider.GetRequiredService<EmbeddingBridge>().AsIEmbeddingGenerator(model);
}
