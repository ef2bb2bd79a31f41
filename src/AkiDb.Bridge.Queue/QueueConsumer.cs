using AkiDb.Bridge.AspNetCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Queue;

/// <summary>Makes the host a worker of a queue: connects, consumes, and when the connection ends connects again, for as long as the host runs.</summary>
internal sealed class QueueConsumer(
    QueueSection section, HttpSection http, IEmbeddingBridge bridge, IBridgeAdministration administration, TimeProvider time, ILogger<QueueConsumer> logger) : BackgroundService
{
    private const int MessagesPerWorker = 16;

    private readonly QueueOptions options = section.Options;
    private readonly LargestAnswer largest = new();
    private CancellationToken hurry;

    // Sessions one after the other in which no message was done with: what has ended one may end the next.
    private int inVain;

    // The last session has ended, perhaps at a message that cannot be read. The broker counts a delivery for each that was handed out with it, and would in the
    // end take them all for dead: until as many are done with they are taken one at a time.
    private bool isCautious;

    // From then on a refusal passes: a broker that starts again has its virtual hosts later than its port, and a password file is written while it is read.
    private bool wasLetIn;

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The broker does not let us in, or its queues are not what they must be.</exception>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // What no other try would change is said before anything runs; a broker that is not there yet is waited for in the background.
        try
        {
            var connection = await new BrokerConnections(options).OpenAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                await QueueTopology.DeclareAsync(connection, options, cancellationToken).ConfigureAwait(false);
                wasLetIn = true;
            }
        }
        catch (Exception error) when (BrokerTrouble.Is(error))
        {
            Log.Unreachable(logger, BrokerTrouble.ReasonOf(error));
        }

        await base.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override Task StopAsync(CancellationToken cancellationToken)
    {
        hurry = cancellationToken;
        return base.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var embedder = new QueueEmbedder(bridge, $"queue {options.Name}", time) { MostBytes = http.Options.MaxBodyBytes };
        var reconnecting = BrokerTrouble.Patience(time, reason => Log.Unreachable(logger, reason), error => wasLetIn && error is InvalidDataException);
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                await reconnecting.ExecuteAsync(async token => await ConsumeAsync(embedder, token).ConfigureAwait(false), stoppingToken).ConfigureAwait(false);
                await Task.Delay(BrokerTrouble.Pause(inVain), time, stoppingToken).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (stoppingToken.IsCancellationRequested && (error is OperationCanceledException or InvalidDataException || BrokerTrouble.Is(error)))
        {
            // No connection was there any more: the broker has back what was not answered.
        }
    }

    private async Task ConsumeAsync(QueueEmbedder embedder, CancellationToken stoppingToken)
    {
        var prefetch = Prefetch();
        await using var session = await ConsumeSession.OpenAsync(options, isCautious ? (ushort)1 : prefetch, embedder, largest, time, logger, stoppingToken).ConfigureAwait(false);
        wasLetIn = true;
        if (await session.RunAsync(isCautious ? prefetch : int.MaxValue, stoppingToken).ConfigureAwait(false) is { } reason)
        {
            Log.Ended(logger, reason);
            (isCautious, inVain) = (true, session.HasSettled ? 0 : inVain + 1);
        }
        else
        {
            (isCautious, inVain) = (false, 0);
            await session.DrainAsync(hurry).ConfigureAwait(false);
        }
    }

    private ushort Prefetch() => (ushort)Math.Min(
        ushort.MaxValue, options.Prefetch > 0 ? options.Prefetch : MessagesPerWorker * Math.Max(1, administration.GetStatus().Default.Workers.Count));
}
