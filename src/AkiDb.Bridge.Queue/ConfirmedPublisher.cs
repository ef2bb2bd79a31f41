using Polly;
using Polly.Retry;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace AkiDb.Bridge.Queue;

/// <summary>Publishes, and returns when the broker has the message safe.</summary>
internal sealed class ConfirmedPublisher : IAsyncDisposable
{
    private const int MostUnconfirmed = 1_024;

    // RabbitMQ's "direct reply-to" is no queue: the broker hands the answer to whoever asked, and returns it all the same where a queue is demanded.
    private const string ToWhoeverAsked = "amq.rabbitmq.reply-to.";

    // With the pauses below about half a minute, and then each minute.
    private const int ReportEach = 12;

    private static readonly TimeSpan AfterClosing = TimeSpan.FromSeconds(1);

    // A queue that is full says so; it is waited for, however long that takes.
    private readonly ResiliencePipeline patience;
    private readonly IChannel channel;
    private readonly TaskCompletionSource<ShutdownEventArgs> closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeProvider time;

    /// <param name="channel">A channel that confirms; it is this publisher's own.</param>
    /// <param name="time">The clock.</param>
    public ConfirmedPublisher(IChannel channel, TimeProvider time)
    {
        (this.channel, this.time) = (channel, time);
        channel.ChannelShutdownAsync += (_, reason) =>
        {
            Closed?.Invoke(reason);
            closed.TrySetResult(reason);
            return Task.CompletedTask;
        };
        patience = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<PublishException>(error => !error.IsReturn),
                MaxRetryAttempts = int.MaxValue,
                Delay = TimeSpan.FromMilliseconds(50),
                MaxDelay = TimeSpan.FromSeconds(5),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
            })
            .Build();
    }

    /// <summary>Its channel was closed, and why.</summary>
    public event Action<ShutdownEventArgs>? Closed;

    /// <summary>A queue takes nothing, and has done so for long.</summary>
    public event Action<string>? Refused;

    public bool IsOpen => channel.IsOpen;

    public static async Task<ConfirmedPublisher> OpenAsync(IConnection connection, TimeProvider time, CancellationToken cancellationToken) => new(
        await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, new ThrottlingRateLimiter(MostUnconfirmed)), cancellationToken).ConfigureAwait(false),
        time);

    /// <summary>Publishes to a queue.</summary>
    /// <exception cref="PublishReturnException">There is no such queue.</exception>
    /// <exception cref="AlreadyClosedException">The channel was closed before the broker has confirmed it.</exception>
    public async Task PublishAsync(string queue, BasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var isQueue = !queue.StartsWith(ToWhoeverAsked, StringComparison.Ordinal);
        var tries = 0;
        await patience.ExecuteAsync(
            async token =>
            {
                if (++tries % ReportEach == 0)
                {
                    Refused?.Invoke(queue);
                }

                await UntilClosedAsync(channel.BasicPublishAsync("", queue, mandatory: isQueue, properties, body, token).AsTask()).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Publishes to a queue that may be full; false when it has not taken the message for as long as it is waited for.</summary>
    /// <inheritdoc cref="PublishAsync"/>
    public async Task<bool> TryPublishAsync(string queue, BasicProperties properties, ReadOnlyMemory<byte> body, TimeSpan wait, CancellationToken cancellationToken)
    {
        using var refused = new CancellationTokenSource(wait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(refused.Token, cancellationToken);
        try
        {
            await PublishAsync(queue, properties, body, either.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (refused.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    // No confirmation comes on a closed channel. The library says so of most that it still owes, but not of one that is sent at that moment.
    private async Task UntilClosedAsync(Task confirmed)
    {
        if (await Task.WhenAny(confirmed, closed.Task).ConfigureAwait(false) != confirmed)
        {
            await confirmed.WaitAsync(AfterClosing, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!confirmed.IsCompleted)
            {
                throw new AlreadyClosedException(await closed.Task.ConfigureAwait(false));
            }
        }

        await confirmed.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => channel.DisposeAsync();
}
