using System.Globalization;
using Microsoft.Extensions.Hosting.Systemd;

namespace AkiDb.Bridge.Host.Services.Systemd;

/// <summary>Tells systemd how the service is: READY when it answers, one line of state, and the watchdog is fed while a text passes through the whole way of a request.</summary>
/// <remarks>See sd_notify(3). A text that ends with a typed error feeds the watchdog too: a host that refuses is not one that hangs.</remarks>
/// <param name="bridge">Computes the watchdog's text.</param>
/// <param name="administration">Knows the state.</param>
/// <param name="answering">Says when the host answers.</param>
/// <param name="hasSettled">Whether each engine has had its first try: nothing is being loaded that was not tried before.</param>
/// <param name="notifier">systemd's socket.</param>
/// <param name="lifetime">The host's.</param>
/// <param name="stopLimit">How long the host takes for its end at most: more than the unit knew when it was written, if the configuration says so.</param>
/// <param name="watchdog">How long systemd waits for a sign of life; null without a watchdog.</param>
/// <param name="time">The clock.</param>
internal sealed class SystemdReporter(
    IEmbeddingBridge bridge, IBridgeAdministration administration, Answering answering, Func<bool> hasSettled, ISystemdNotifier notifier, IHostApplicationLifetime lifetime, TimeSpan stopLimit, TimeSpan? watchdog, TimeProvider time) : BackgroundService
{
    // Loading may take minutes where a model must be fetched first: systemd is asked for more time as long as it goes on. Engines that have all failed are tried
    // again and again; nobody may be kept waiting for that without bound.
    private static readonly TimeSpan MoreTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StatusEvery = TimeSpan.FromSeconds(5);

    private string? shown;

    /// <summary>The watchdog's interval as systemd has set it for this process; null without one.</summary>
    public static TimeSpan? WatchdogOfProcess() =>
        long.TryParse(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) && microseconds > 0
            && (Environment.GetEnvironmentVariable("WATCHDOG_PID") is not { Length: > 0 } process || process == Environment.ProcessId.ToString(CultureInfo.InvariantCulture))
            ? TimeSpan.FromMicroseconds(microseconds)
            : null;

    /// <summary>Says that the configuration is being read again, and when that is over.</summary>
    public static void Reload(ISystemdNotifier notifier, Action reload)
    {
        var now = Environment.TickCount64 * 1000;
        notifier.Notify(new ServiceState(string.Create(CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={now}")));
        reload();
        notifier.Notify(ServiceState.Ready);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stopping = lifetime.ApplicationStopping.Register(() =>
        {
            notifier.Notify(ServiceState.Stopping);
            AskForTime(stopLimit);
        });
        try
        {
            await StartedAsync(stoppingToken);
            notifier.Notify(ServiceState.Ready);
            await ReportAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops, or could not be started: neither is a failure of this service, as which it would be logged.
        }
    }

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        var every = watchdog is { } limit && limit / 2 < StatusEvery ? limit / 2 : StatusEvery;
        using var timer = new PeriodicTimer(every, time);
        do
        {
            ShowState();
            if (watchdog is { } within && await PassesAsync(within / 2, cancellationToken))
            {
                notifier.Notify(new ServiceState("WATCHDOG=1"));
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private async Task StartedAsync(CancellationToken cancellationToken)
    {
        var asked = time.GetTimestamp();
        AskForTime(MoreTime);
        await answering.WaitAsync(
            () =>
            {
                ShowState();
                if (time.GetElapsedTime(asked) > MoreTime / 2 && !hasSettled())
                {
                    asked = time.GetTimestamp();
                    AskForTime(MoreTime);
                }
            },
            cancellationToken);
    }

    private void AskForTime(TimeSpan more) => notifier.Notify(new ServiceState(string.Create(CultureInfo.InvariantCulture, $"EXTEND_TIMEOUT_USEC={more.TotalMicroseconds:F0}")));

    private void ShowState()
    {
        var status = administration.GetStatus().Default;
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{status.State.ToString().ToLowerInvariant()}: {status.Model}, {status.Workers.Count(worker => worker.State == "ready")} of {status.Workers.Count} workers ready{(status.Reasons.Count > 0 ? $". {status.Reasons[0]}" : "")}");
        line = line.ReplaceLineEndings(" ");
        if (line != shown)
        {
            shown = line;
            notifier.Notify(new ServiceState($"STATUS={line}"));
        }
    }

    private async Task<bool> PassesAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await bridge.EmbedAsync(new EmbeddingRequest { Inputs = ["watchdog"], Timeout = limit, Caller = "watchdog" }, cancellationToken).WaitAsync(limit, time, cancellationToken);
            return true;
        }
        catch (BridgeException)
        {
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
