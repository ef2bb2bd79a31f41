using AkiDb.Bridge.Host.Logging;
using AkiDb.Bridge.Host.Settings;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;

namespace AkiDb.Bridge.Host;

/// <summary>The host of a command whose standard output belongs to its answers, and that listens nowhere.</summary>
internal static class QuietHost
{
    /// <summary>Builds it; nothing runs yet.</summary>
    /// <param name="configure">Adds what wins over <c>appsettings.json</c>.</param>
    /// <param name="options">Changes options after the configuration was read; null for nothing.</param>
    /// <param name="least">What is logged; <see cref="LogLevel.None"/> for nothing.</param>
    public static IHost Build(Action<IConfigurationBuilder> configure, Action<BridgeOptions>? options = null, LogLevel least = LogLevel.Warning)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder(
            new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory, Args = ConfigurationFiles.DoNotWatch });
        ConfigurationFiles.Use(builder.Configuration, AppContext.BaseDirectory);
        configure(builder.Configuration);

        builder.Logging.UseQueuedConsole().AddFilter(null, least).AddFilter("Microsoft.Hosting.Lifetime", least);
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);

        builder.Services.Replace(ServiceDescriptor.Singleton<IHostLifetime, CommandLifetime>());
        builder.Services.AddAkiDbBridge(read =>
        {
            // One model is asked: no further one is loaded.
            read.Models.Clear();
            options?.Invoke(read);
        }).AddAkiDbBridgeHttp().AddBridgeQueue();
        return builder.Build();
    }
}
