using AkiDb.Bridge.Hosting;
using Microsoft.Extensions.Hosting.Systemd;

namespace AkiDb.Bridge.Host.Services.Systemd;

/// <summary>Makes a host report to systemd, where systemd has started it.</summary>
internal static class SystemdServiceCollectionExtensions
{
    /// <summary>Adds the reports; nothing outside of systemd.</summary>
    public static IServiceCollection AddSystemdReports(this IServiceCollection services)
    {
        // Not AddSystemd: that says READY as soon as the program listens, and this one when it answers.
        var notifier = new SystemdNotifier();
        if (notifier.IsEnabled)
        {
            services.AddSingleton<ISystemdNotifier>(notifier);
            services.AddHostedService(provider => new SystemdReporter(
                provider.GetRequiredService<IEmbeddingBridge>(),
                provider.GetRequiredService<IBridgeAdministration>(),
                provider.GetRequiredService<Answering>(),
                () => provider.GetRequiredService<ModelRegistry>().Default.HasSettled,
                notifier,
                provider.GetRequiredService<IHostApplicationLifetime>(),
                ServiceSettings.StopLimitOf(provider),
                SystemdReporter.WatchdogOfProcess(),
                TimeProvider.System));
        }

        return services;
    }
}
