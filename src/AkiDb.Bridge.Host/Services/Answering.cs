using AkiDb.Bridge.Diagnostics;

namespace AkiDb.Bridge.Host.Services;

/// <summary>When a host listens and some engine can compute: what a service manager is told to be ready.</summary>
/// <param name="administration">Knows the state of the engines.</param>
/// <param name="lifetime">The host's.</param>
/// <param name="time">The clock.</param>
internal sealed class Answering(IBridgeAdministration administration, IHostApplicationLifetime lifetime, TimeProvider time)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits until it answers, which may take minutes where a model must be fetched first.</summary>
    /// <param name="waiting">Called again and again until then.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task WaitAsync(Action waiting, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Look, time);
        while (!IsAnswering && await timer.WaitForNextTickAsync(cancellationToken))
        {
            waiting();
        }
    }

    private bool IsAnswering => lifetime.ApplicationStarted.IsCancellationRequested && administration.GetStatus().Default.State != BridgeState.Unavailable;
}
