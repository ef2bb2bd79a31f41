using System.Runtime.Versioning;

namespace AkiDb.Bridge.Host.Services.Windows;

/// <summary>Tells Windows that the service runs when it answers, and the host to stop when Windows says so.</summary>
/// <param name="session">The process as Windows sees it.</param>
/// <param name="answering">Says when the host answers.</param>
/// <param name="lifetime">The host's.</param>
[SupportedOSPlatform("windows")]
internal sealed class ScmReporter(ScmSession session, Answering answering, IHostApplicationLifetime lifetime) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var asked = session.StopRequested.Register(lifetime.StopApplication);
        try
        {
            await answering.WaitAsync(() => { }, stoppingToken);
            session.ReportRunning();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops, or could not be started: neither is a failure of this service, as which it would be logged.
        }
    }
}
