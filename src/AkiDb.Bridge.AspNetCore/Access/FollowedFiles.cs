using AkiDb.Bridge.Configuration;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace AkiDb.Bridge.AspNetCore.Access;

/// <summary>Follows the files of keys and certificates while the server runs, and the keys of the configuration when that is read again.</summary>
/// <remarks>It looks at them twice a second: that also sees a link in the path being replaced, as Kubernetes does with a secret.</remarks>
/// <param name="services">The application's services; without a server among them there is nothing to follow.</param>
/// <param name="section">Where the keys are configured.</param>
/// <param name="configuration">Where the options are read from.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class FollowedFiles(
    IServiceProvider services, HttpSection section, BridgeConfiguration configuration, TimeProvider time, ILogger<FollowedFiles> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (services.GetService<IServer>() is null)
        {
            return;
        }

        var keys = services.GetRequiredService<ApiKeyRing>();
        var certificate = section.Options.CertificateFile.Length > 0 ? services.GetRequiredService<CertificateFiles>() : null;
        using var reload = ChangeToken.OnChange(configuration.GetReloadToken, () => Reload(keys));
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            {
                keys.Look();
                certificate?.Look();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private void Reload(ApiKeyRing keys)
    {
        var mistakes = new List<string>();
        var options = section.ReadAgain(mistakes);
        if (mistakes.Count == 0 && options.ApiKeys.Count == 0 && !keys.IsEmpty)
        {
            mistakes.Add("The configuration has no key any more; those there were still hold. To do without any, start again.");
        }

        if (mistakes.Count == 0)
        {
            keys.Replace(options.ApiKeys);
        }

        mistakes.ForEach(mistake => Log.KeyNotRead(logger, mistake));
    }
}
