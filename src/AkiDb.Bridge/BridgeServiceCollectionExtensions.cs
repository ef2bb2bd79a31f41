using AkiDb.Bridge.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge;

/// <summary>Puts the bridge into a host.</summary>
public static class BridgeServiceCollectionExtensions
{
    /// <summary>Adds <see cref="IEmbeddingBridge"/>, configured by the <c>Bridge</c> section of the host's configuration.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Changes options after the configuration was read; null for nothing.</param>
    public static IServiceCollection AddAkiDbBridge(this IServiceCollection services, Action<BridgeOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<BridgeOptionsSetup>();
        services.AddSingleton<IConfigureOptions<BridgeOptions>>(provider => provider.GetRequiredService<BridgeOptionsSetup>());
        services.AddSingleton<IPostConfigureOptions<BridgeOptions>>(provider => provider.GetRequiredService<BridgeOptionsSetup>());
        services.AddSingleton<IValidateOptions<BridgeOptions>>(provider => provider.GetRequiredService<BridgeOptionsSetup>());
        var builder = services.AddOptions<BridgeOptions>().ValidateOnStart();
        if (configure is not null)
        {
            builder.Configure(configure);
        }

        services.TryAddSingleton<ConfigurationWatch>();
        services.TryAddSingleton<BridgeRuntime>();
        services.AddHostedService(provider => provider.GetRequiredService<BridgeRuntime>());
        services.TryAddSingleton<IEmbeddingBridge>(provider => provider.GetRequiredService<BridgeRuntime>().Bridge);
        return services;
    }
}
