using AkiDb.Bridge.Admission;
using AkiDb.Bridge.Processes;
using Microsoft.Extensions.Hosting;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>
/// Gives memory back to the system when a crowd has left. The runtime keeps what it once needed until it needs more, and a server that has become quiet
/// never does.
/// </summary>
internal sealed class MemoryReturn(ResourceLedger ledger, TimeProvider time) : BackgroundService
{
    private const long Worthwhile = 48L * 1024 * 1024;

    // A collection stops everything for some hundredths of a second: not while much is held.
    private const long Quiet = 16L * 1024 * 1024;

    // Array pools let go of what nobody took between two collections that are half a minute apart.
    private const int LooksUntilPoolsLetGo = 4;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(10);

    private static long Committed => GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes;

    private bool IsQuiet => ledger.Used(SharedResource.BodyBytes) + ledger.Used(SharedResource.Characters) + ledger.Used(SharedResource.AnswerBytes) < Quiet;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(BetweenLooks, time);
        var usual = Committed;
        var looksLeft = -1;
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            {
                looksLeft--;
                if (IsQuiet && (Committed > usual + Worthwhile || looksLeft == 0))
                {
                    UnusedMemory.Return();
                    usual = Committed;
                    looksLeft = looksLeft == 0 ? -1 : LooksUntilPoolsLetGo;
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }
}
