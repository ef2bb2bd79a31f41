using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace AkiDb.Bridge.Queue;

/// <summary>Reads the answers of a job, in whatever order they come, and gives each to who waits for it.</summary>
/// <remarks>
/// The broker keeps all of them; memory keeps those that nobody has asked for yet, up to a limit. Beyond it nothing more is read, as long as nobody waits. Whoever
/// waits for one that had to go has the stream read again from its beginning.
/// </remarks>
internal sealed class JobAnswers : IAsyncDisposable
{
    private const ushort Prefetch = 256;
    private const long MostBytes = 256L << 20;
    private const string OffsetHeader = "x-stream-offset";

    private static readonly TimeSpan ReportAfter = TimeSpan.FromMinutes(1);

    // Whoever starts 'submit' and 'collect' together may have the second one first.
    private static readonly TimeSpan UntilSubmitted = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    private readonly Job job;
    private readonly string deadLetters;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly JobAnswerStore store = new(MostBytes);
    private readonly CancellationTokenSource end = new();
    private readonly Task reading;
    private object offset = "first";
    private bool wasSubmitted;
    private bool wasRead;

    public JobAnswers(QueueOptions options, Job job, TimeProvider time, ILogger logger)
    {
        (this.job, deadLetters, this.time, this.logger) = (job, options.DeadLettersName, time, logger);
        reading = ReadAsync(end.Token);
    }

    /// <summary>Waits for the answer to a message.</summary>
    public async Task<JobAnswer> WaitAsync(string id, CancellationToken cancellationToken)
    {
        var answer = store.WaitAsync(id);
        while (!answer.IsCompleted)
        {
            var first = await Task.WhenAny(answer, reading, Task.Delay(ReportAfter, time, cancellationToken)).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (first == reading)
            {
                await reading.ConfigureAwait(false);
            }

            if (first != answer)
            {
                Log.StillWaiting(logger, ReportAfter.TotalSeconds, deadLetters);
            }
        }

        return await answer.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync().ConfigureAwait(false);
        await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        end.Dispose();
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var patience = BrokerTrouble.Patience(time, reason => Log.Unreachable(logger, reason));
        while (true)
        {
            await patience.ExecuteAsync(async token => await ReadOnceAsync(token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
    }

    // One connection, until it ends or the stream is to be read from its beginning.
    private async Task ReadOnceAsync(CancellationToken cancellationToken)
    {
        var connection = await job.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = connection.ConfigureAwait(false);
        await FindAsync(connection, cancellationToken).ConfigureAwait(false);
        var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        await channel.BasicQosAsync(0, Prefetch, global: false, cancellationToken).ConfigureAwait(false);
        var ended = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var hasRead = false;
        using var session = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var consumer = new AsyncEventingBasicConsumer(channel);
        channel.ChannelShutdownAsync += (_, reason) => EndAsync(ended, reason.ReplyText);
        consumer.UnregisteredAsync += (_, _) => EndAsync(ended, "the broker has ended it: the stream is gone, or its leader has moved");
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            try
            {
                var at = OffsetOf(delivery);
                ReportHead(at);
                await store.AddAsync(delivery.BasicProperties.CorrelationId ?? "", JobAnswer.Read(delivery.BasicProperties.ContentType, delivery.Body), delivery.Body.Length, session.Token).ConfigureAwait(false);
                (offset, hasRead) = (at + 1, true);
                await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false, session.Token).ConfigureAwait(false);
            }
            catch (Exception error) when (error is OperationCanceledException || BrokerTrouble.Is(error))
            {
                ended.TrySetResult(error.Message);
            }
            catch (Exception error)
            {
                // The library would only report it, and wait.
                ended.TrySetException(error);
            }
        };
        var rewind = store.RewindAsync();
        if (rewind.IsCompleted)
        {
            offset = "first";
            rewind = store.Rewound();
        }

        await channel.BasicConsumeAsync(job.Stream, autoAck: false, consumerTag: "", noLocal: false, exclusive: false, new Dictionary<string, object?> { [OffsetHeader] = offset }, consumer, cancellationToken).ConfigureAwait(false);
        try
        {
            await Task.WhenAny(ended.Task, rewind).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await session.CancelAsync().ConfigureAwait(false);
            await channel.DisposeAsync().ConfigureAwait(false);
        }

        if (!rewind.IsCompleted)
        {
            var reason = await ended.Task.ConfigureAwait(false);
            Log.Ended(logger, reason);

            // What has ended it before anything was read may do so each time.
            if (!hasRead)
            {
                throw new IOException(reason);
            }
        }
    }

    private static long OffsetOf(BasicDeliverEventArgs delivery) => delivery.BasicProperties.Headers?.TryGetValue(OffsetHeader, out var value) == true && value is long at
        ? at
        : throw new InvalidDataException($"The queue '{delivery.RoutingKey}' of the job's answers is no stream: it was not made by 'submit'. Delete it, and submit the job again.");

    // What is read first of all comes from the stream's beginning.
    private void ReportHead(long at)
    {
        if (!wasRead && at > 0)
        {
            Log.HeadIsGone(logger, at, job.Stream);
        }

        wasRead = true;
    }

    // The stream is made by whoever submits, and never here: a job that nobody has submitted, or whose vectors are collected, would be waited for without end.
    private async Task FindAsync(IConnection connection, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        for (var looks = 0; !await QueueTopology.HasAsync(connection, job.Stream, cancellationToken).ConfigureAwait(false); looks++)
        {
            if (wasSubmitted)
            {
                throw new InvalidDataException($"The answers of the job '{job.Name}' were deleted while they were collected, as another 'collect' does when it has all of them. Use its output, or submit the job again.");
            }

            if (time.GetElapsedTime(began) >= UntilSubmitted)
            {
                throw new InvalidDataException($"There is no job '{job.Name}' here: it was not submitted, or its vectors have been collected already. Submit it, with the same --queue and --amqp.");
            }

            if (looks == 0)
            {
                Log.NotSubmitted(logger, job.Name, UntilSubmitted.TotalSeconds);
            }

            await Task.Delay(BetweenLooks, time, cancellationToken).ConfigureAwait(false);
        }

        wasSubmitted = true;
    }

    private static Task EndAsync(TaskCompletionSource<string> ended, string reason)
    {
        ended.TrySetResult(reason);
        return Task.CompletedTask;
    }
}
