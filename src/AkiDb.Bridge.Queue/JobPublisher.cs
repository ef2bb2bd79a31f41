using Microsoft.Extensions.Logging;
using Polly;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace AkiDb.Bridge.Queue;

/// <summary>Submits the texts of a job. When the connection ends it is made again, and what was not confirmed is sent again: it has the same id.</summary>
internal sealed class JobPublisher : IAsyncDisposable
{
    private readonly Job job;
    private readonly string queue;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly ResiliencePipeline patience;
    private readonly SemaphoreSlim opening = new(1);
    private Line? current;
    private bool isBegun;
    private bool hasTexts;
    private volatile bool isDisposed;

    /// <param name="options">The broker and its queues.</param>
    /// <param name="job">The job.</param>
    /// <param name="isBegun">Whether some of its texts were submitted before: then its answers must be kept still.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Told of what passes.</param>
    public JobPublisher(QueueOptions options, Job job, bool isBegun, TimeProvider time, ILogger logger)
    {
        (this.job, queue, this.isBegun, this.time, this.logger) = (job, options.Name, isBegun, time, logger);
        patience = BrokerTrouble.Patience(time, reason => Log.Unreachable(logger, reason));
    }

    /// <summary>Submits texts; returns when the broker has them safe.</summary>
    /// <exception cref="InvalidDataException">The broker does not take them, as where they are larger than its largest message.</exception>
    public async Task PublishAsync(JobMessage message, CancellationToken cancellationToken) => await patience.ExecuteAsync(
        async token =>
        {
            var properties = new BasicProperties
            {
                MessageId = message.Id,
                CorrelationId = message.Id,
                ReplyTo = job.Stream,
                ContentType = QueueMessage.MessagePackType,
                DeliveryMode = DeliveryModes.Persistent,
            };
            var line = await EnterAsync(token).ConfigureAwait(false);
            try
            {
                await line.Publisher.PublishAsync(queue, properties, message.Body, token).ConfigureAwait(false);
            }
            catch (PublishReturnException error)
            {
                // It was declared when the connection was made.
                throw Deleted(error);
            }
            catch (OperationInterruptedException error) when (BrokerTrouble.IsRefusal(error))
            {
                throw new InvalidDataException($"The broker does not take what is sent to it ({error.ShutdownReason!.ReplyText}).", error);
            }
            finally
            {
                await line.LeaveAsync().ConfigureAwait(false);
            }
        },
        cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        isDisposed = true;
        await CloseAsync().ConfigureAwait(false);
        opening.Dispose();
    }

    private async Task<Line> EnterAsync(CancellationToken cancellationToken)
    {
        // No trouble that passes, as a channel is that was disposed of.
        if (isDisposed)
        {
            throw new InvalidOperationException("Nothing more can be submitted here.");
        }

        await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (current is not { IsOpen: true })
            {
                await CloseAsync().ConfigureAwait(false);
                current = await OpenAsync(cancellationToken).ConfigureAwait(false);
            }

            current.Enter();
            return current;
        }
        finally
        {
            opening.Release();
        }
    }

    private async Task<Line> OpenAsync(CancellationToken cancellationToken)
    {
        // Not each broker says of a message that its queue is gone: one may end the connection.
        var connection = await job.OpenAsync(hasTexts, cancellationToken).ConfigureAwait(false) ?? throw Deleted(null);
        try
        {
            await FindStreamAsync(connection, cancellationToken).ConfigureAwait(false);
            var publisher = await ConfirmedPublisher.OpenAsync(connection, time, cancellationToken).ConfigureAwait(false);
            connection.ConnectionBlockedAsync += (_, alarm) => ReportAsync(alarm.Reason);
            publisher.Refused += full => Log.Full(logger, full);
            hasTexts = true;
            return new Line(connection, publisher);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    // What was submitted before, and nobody had taken yet, is lost.
    private InvalidDataException Deleted(Exception? cause) => new(
        $"The queue '{queue}' was deleted while the job was submitted, with the texts that were in it. Submit the job again, from its beginning or under another name.", cause);

    private Task ReportAsync(string alarm)
    {
        Log.Blocked(logger, alarm);
        return Task.CompletedTask;
    }

    // Made once. A stream that has gone has taken answers along: another one would be waited for without end.
    private async Task FindStreamAsync(IConnection connection, CancellationToken cancellationToken)
    {
        if (isBegun && !await QueueTopology.HasAsync(connection, job.Stream, cancellationToken).ConfigureAwait(false))
        {
            throw new InvalidDataException($"The answers of the job '{job.Name}' are not kept any more: they were collected, or the stream '{job.Stream}' was deleted. Submit it under another name, or from its beginning.");
        }

        await QueueTopology.DeclareStreamAsync(connection, job.Stream, cancellationToken).ConfigureAwait(false);
        isBegun = true;
    }

    private async Task CloseAsync()
    {
        if (current is { } last)
        {
            current = null;
            await last.LeaveAsync().ConfigureAwait(false);
        }
    }

    // Many publish on one at a time: it is closed by the last who leaves it, not by the first who sees that it has ended.
    private sealed class Line(IConnection connection, ConfirmedPublisher publisher)
    {
        private int users = 1;

        public ConfirmedPublisher Publisher => publisher;

        public bool IsOpen => connection.IsOpen && publisher.IsOpen;

        public void Enter() => Interlocked.Increment(ref users);

        public async Task LeaveAsync()
        {
            if (Interlocked.Decrement(ref users) == 0)
            {
                await publisher.DisposeAsync().ConfigureAwait(false);
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
