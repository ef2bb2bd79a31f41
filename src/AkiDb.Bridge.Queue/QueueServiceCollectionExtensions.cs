using AkiDb.Bridge.Configuration;
using AkiDb.Bridge.Queue;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds what the program does with a message queue.</summary>
internal static class QueueServiceCollectionExtensions
{
    /// <summary>Reads <c>Bridge:Queue</c>, whose mistakes are reported together with all others.</summary>
    public static IServiceCollection AddBridgeQueue(this IServiceCollection services)
    {
        services.TryAddSingleton<QueueSection>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IOptionsSection, QueueSection>(provider => provider.GetRequiredService<QueueSection>()));
        return services;
    }
}
