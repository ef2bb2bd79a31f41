using AkiDb.Bridge.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.Hosting;

/// <summary>Reads the configuration again when it was written, and tells what is whole from what is not.</summary>
internal sealed class ConfigurationSource(
    BridgeConfiguration configuration, ConfigurationWatch watch, IOptionsFactory<BridgeOptions> factory, ILogger<ConfigurationReloader> logger)
{
    // Files that are optional and were never there are not missed.
    private readonly HashSet<FileConfigurationProvider> seen = [.. configuration.Files.Where(HasValues)];

    /// <summary>Waits until the configuration was written.</summary>
    /// <returns>The options, without an error in them; null when nothing of it may be used, which was logged.</returns>
    public async Task<BridgeOptions?> NextAsync(CancellationToken cancellationToken)
    {
        await watch.ChangedAsync(cancellationToken).ConfigureAwait(false);
        if (WhyIncomplete() is { } reason)
        {
            Log.ReloadRefused(logger, reason);
            return null;
        }

        try
        {
            return factory.Create(Options.DefaultName);
        }
        catch (Exception error)
        {
            // Errors in it as a rule; but an application's own code takes part in reading, and whatever it throws must not end the host.
            Log.ReloadRefused(logger, error.Message);
            return null;
        }
    }

    // A file that cannot be read counts as an empty one to the framework: every model in it would be removed.
    private string? WhyIncomplete()
    {
        foreach (var provider in configuration.Files)
        {
            if (HasValues(provider))
            {
                seen.Add(provider);
            }
            else if (seen.Contains(provider) && WhyEmpty(provider) is { } reason)
            {
                return $"{provider.Source.Path} {reason}";
            }
        }

        return null;
    }

    private static string? WhyEmpty(FileConfigurationProvider provider)
    {
        try
        {
            var file = provider.Source.FileProvider?.GetFileInfo(provider.Source.Path ?? "");
            if (file is not { Exists: true })
            {
                return "is missing. Put it back; to remove all that it configures, leave it there with {} in it.";
            }

            using var stream = file.CreateReadStream();
            provider.Load(stream);
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException or InvalidDataException)
        {
            return $"cannot be read: {(error.InnerException ?? error).Message}";
        }
    }

    private static bool HasValues(FileConfigurationProvider provider) => provider.GetChildKeys([], null).Any();
}
