using Microsoft.Extensions.Configuration.Json;

namespace AkiDb.Bridge.Host.Settings;

/// <summary>Follows the files of the configuration while the program runs.</summary>
/// <remarks>
/// It looks at them twice a second instead of asking the system for changes: that also sees a link in the path being replaced, as Kubernetes does with a
/// ConfigMap, and needs nothing that the system could have run out of.
/// </remarks>
/// <param name="configuration">The host's configuration.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed partial class ConfigurationFiles(IConfiguration configuration, TimeProvider time, ILogger<ConfigurationFiles> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>What keeps the framework from watching its own JSON files, as arguments of a builder.</summary>
    public static string[] DoNotWatch => ["--hostBuilder:reloadConfigOnChange=false"];

    /// <summary>Puts our own reader in the place of the framework's, which forgets a file's values when the file is missing for a moment.</summary>
    /// <exception cref="InvalidDataException">A file cannot be read.</exception>
    public static void Use(IConfigurationBuilder configuration, string folder)
    {
        for (var i = 0; i < configuration.Sources.Count; i++)
        {
            if (configuration.Sources[i] is JsonConfigurationSource { Path: { } path })
            {
                configuration.Sources[i] = new JsonFile(Path.Combine(folder, path));
            }
        }
    }

    /// <summary>Reads all of the configuration again.</summary>
    public void Reload() => Take(((IConfigurationRoot)configuration).Reload);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        List<JsonFile> files = [.. ((IConfigurationBuilder)configuration).Sources.OfType<JsonFile>()];
        files.ForEach(file => file.Unusable = reason => Unusable(logger, Path.GetFileName(file.Path), reason));
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                files.ForEach(file => Take(file.Look));
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // A host that cannot start is disposed of without having been stopped, and would log this as the failure of a service.
        }
    }

    // The framework tells everybody at once, and lets out what one of them throws over a value: that ends no host.
    private void Take(Action read)
    {
        try
        {
            read();
        }
        catch (Exception error)
        {
            NotTaken(logger, error.GetBaseException().Message);
        }
    }

    [LoggerMessage(EventId = 14001, Level = LogLevel.Error, Message = "The configuration was written, and not all of it is used: {Reason}")]
    private static partial void NotTaken(ILogger logger, string reason);

    [LoggerMessage(EventId = 14002, Level = LogLevel.Error, Message = "The configuration was written, and nothing of it is used. {File} cannot be read: {Reason}")]
    private static partial void Unusable(ILogger logger, string file, string reason);
}
