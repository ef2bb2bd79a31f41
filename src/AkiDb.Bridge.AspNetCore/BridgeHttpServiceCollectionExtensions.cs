using AkiDb.Bridge.AspNetCore;
using AkiDb.Bridge.AspNetCore.Access;
using AkiDb.Bridge.AspNetCore.Connections;
using AkiDb.Bridge.AspNetCore.Grpc;
using AkiDb.Bridge.AspNetCore.StatusPage;
using AkiDb.Bridge.AspNetCore.Telemetry;
using AkiDb.Bridge.Configuration;
using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Has the application's web server listen where the bridge is configured to, and protects it.</summary>
public static class BridgeHttpServiceCollectionExtensions
{
    /// <summary>
    /// Sets Kestrel up by <c>Bridge:Http</c>: where it listens, how many connections it takes, and how slow a caller may be. When all connections are taken,
    /// those that ask for nothing make room, and health routes have places of their own. Mistakes in the section are in the same message as those of the rest
    /// of <c>Bridge</c>. Without this call the routes protect themselves, and the server is the application's own matter.
    /// </summary>
    /// <param name="services">The application's services; <c>AddAkiDbBridge()</c> must be called on them too.</param>
    /// <param name="configure">Changes options after the configuration was read; null for nothing.</param>
    public static IServiceCollection AddAkiDbBridgeHttp(this IServiceCollection services, Action<HttpOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (services.Any(service => service.ServiceType == typeof(HttpSection)))
        {
            return services;
        }

        services.TryAddSingleton(provider => new HttpSection(HttpSection.ConfigurationOf(provider), configure));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IOptionsSection, HttpSection>(provider => provider.GetRequiredService<HttpSection>()));
        services.TryAddSingleton(provider => new KestrelSetup(() => HttpSection.OptionsOf(provider), provider.GetRequiredService<CertificateFiles>));
        services.TryAddSingleton(CreateDrain);
        services.AddHostedService(provider => provider.GetRequiredService<ServerDrain>());
        services.AddOptions<HostOptions>().PostConfigure<HttpSection>((host, section) => host.ShutdownTimeout += section.Options.DrainDelay);
        services.TryAddSingleton<MetricCollection>();
        services.TryAddSingleton<TrafficHistory>();
        AddAccess(services);
        AddGrpc(services);
        services.AddSingleton<IConfigureOptions<KestrelServerOptions>>(provider => provider.GetRequiredService<KestrelSetup>());
        services.AddSingleton<IConfigureOptions<SocketTransportOptions>>(provider => provider.GetRequiredService<KestrelSetup>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IStartupFilter, ConnectionTracking>());
        services.TryAddSingleton(CreateTable);
        services.AddHostedService<MemoryReturn>();
        services.Replace(ServiceDescriptor.Singleton<IMemoryPoolFactory<byte>, SharedBlocks>());
        services.AddSingleton<IConnectionListenerFactory>(provider => new TrackedListenerFactory(
            ActivatorUtilities.CreateInstance<SocketTransportFactory>(provider), provider.GetRequiredService<ConnectionTable>));
        return services;
    }

    private static void AddGrpc(IServiceCollection services)
    {
        services.TryAddSingleton<GrpcCall>();
        services.TryAddSingleton<GrpcFailures>();
        services.TryAddSingleton<EmbeddingGrpcService>();
        services.TryAddSingleton<HealthGrpcService>();
        services.AddGrpc();
        services.AddOptions<GrpcServiceOptions>().Configure<HttpSection>((grpc, section) =>
        {
            grpc.MaxReceiveMessageSize = (int)Math.Min(int.MaxValue, section.Options.MaxBodyBytes);
            grpc.MaxSendMessageSize = null;
        });

        // Its calls are answered with what went wrong, and the bridge logs what is its own failure.
        LogAtLeast(services, "Grpc.AspNetCore.Server", LogLevel.Critical);
    }

    private static void AddAccess(IServiceCollection services)
    {
        services.AddCors();
        services.TryAddSingleton(provider => ActivatorUtilities.CreateInstance<ApiKeyRing>(provider, HttpSection.OptionsOf(provider).ApiKeys));
        services.TryAddSingleton(provider => ActivatorUtilities.CreateInstance<CertificateFiles>(provider, HttpSection.OptionsOf(provider)));
        services.TryAddSingleton(provider => new AccessGuard(new HostGuard(HttpSection.OptionsOf(provider)), provider.GetRequiredService<ApiKeyRing>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IStartupFilter, OutsideAccess>(provider => new OutsideAccess(() => HttpSection.OptionsOf(provider))));
        services.AddHostedService<FollowedFiles>();

        // A bad request's log would quote the header that is wrong, and a key may be in it.
        LogAtLeast(services, "Microsoft.AspNetCore.Server.Kestrel.BadRequests", LogLevel.None);
    }

    private static void LogAtLeast(IServiceCollection services, string category, LogLevel level) => services.PostConfigure<LoggerFilterOptions>(filters =>
    {
        // A rule for one kind of log would win over a rule for all.
        foreach (var log in filters.Rules.Select(rule => rule.ProviderName).Append(null).Distinct().ToList())
        {
            filters.Rules.Add(new LoggerFilterRule(log, category, level, null));
        }
    });

    // An application that only reads the section has no server, and nobody to wait for.
    private static ServerDrain CreateDrain(IServiceProvider provider) => new(
        provider.GetService<IServer>() is null ? TimeSpan.Zero : HttpSection.OptionsOf(provider).DrainDelay,
        provider.GetRequiredService<IHostApplicationLifetime>(),
        provider.GetRequiredService<TimeProvider>());

    private static ConnectionTable CreateTable(IServiceProvider provider)
    {
        var http = HttpSection.OptionsOf(provider);
        var logger = provider.GetRequiredService<ILogger<ConnectionTable>>();
        var limits = ConnectionLimits.Of(http.MaxConnections, DescriptorLimit.MaxConnections());
        if (limits.Ordinary < http.MaxConnections)
        {
            Log.FewDescriptors(logger, limits.Ordinary, http.MaxConnections);
        }

        return new ConnectionTable(limits, provider.GetRequiredService<ServerDrain>(), provider.GetRequiredService<TimeProvider>(), logger);
    }
}
