using AkiDb.Bridge.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.Host.Logging;

/// <summary>Puts the program's log into a host.</summary>
internal static class QueuedConsoleExtensions
{
    /// <summary>Takes the place of every other log.</summary>
    public static ILoggingBuilder UseQueuedConsole(this ILoggingBuilder logging)
    {
        LogFilters.Surround(logging.Services);

        // For its formats and options.
        logging.AddConsole().ClearProviders();
        logging.Services.TryAddEnumerable(ServiceDescriptor.Singleton<ILoggerProvider, QueuedConsoleLoggerProvider>());
        logging.Services.TryAddSingleton(_ => LogStreams.OfProgram());
        logging.Services.TryAddSingleton<LoggingSection>();
        logging.Services.AddSingleton<IOptionsSection>(provider => provider.GetRequiredService<LoggingSection>());
        logging.Services.AddSingleton<IConfigureOptions<ConsoleLoggerOptions>>(provider => provider.GetRequiredService<LoggingSection>());
        logging.Services.AddSingleton<IConfigureOptions<SimpleConsoleFormatterOptions>>(provider => provider.GetRequiredService<LoggingSection>());
        return logging;
    }
}
