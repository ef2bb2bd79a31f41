using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Requests;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace AkiDb.Bridge.Queue;

/// <summary>The life of one connection: messages come, are answered, and are acknowledged when their answers are safe.</summary>
/// <remarks>
/// 1. Take.          As many at a time as the engines hold; the library calls for each on its own.
/// 2. Embed.         What cannot be embedded is answered with why; what only another host can do is passed on to the queue's end.
/// 3. Publish.       The broker confirms when most of its nodes have the answer.
/// 4. Acknowledge.   Not before: a host that dies in between has its message handed out again, and its answer comes twice, under the same id.
/// When the host stops, no message comes any more and those that are there are answered. When the connection ends, the broker has all of them back.
/// </remarks>
internal sealed class ConsumeSession : IAsyncDisposable
{
    private const int LongestNameInLog = 200;

    private static readonly TimeSpan BeforeReturn = TimeSpan.FromSeconds(1);

    // A queue that is full, or whose nodes are down. The one for all answers is waited for without end: without it there is nothing to do here. One that a
    // message names must not cost the others this host's places.
    private static readonly TimeSpan UntilTaken = TimeSpan.FromSeconds(15);

    private readonly IConnection connection;
    private readonly QueueOptions options;
    private readonly QueueEmbedder embedder;
    private readonly LargestAnswer largest;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly RequestDrain drain = new();
    private readonly CancellationTokenSource lost = new();
    private readonly TaskCompletionSource<string> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IChannel messages;
    private readonly ConfirmedPublisher publisher;
    private int most;
    private int settled;

    private ConsumeSession(IConnection connection, IChannel messages, ConfirmedPublisher publisher, QueueOptions options, QueueEmbedder embedder, LargestAnswer largest, TimeProvider time, ILogger logger)
    {
        (this.connection, this.messages, this.publisher, this.options) = (connection, messages, publisher, options);
        (this.embedder, this.largest, this.time, this.logger) = (embedder, largest, time, logger);
        connection.ConnectionShutdownAsync += (_, reason) => EndAsync(reason.ReplyText);
        connection.ConnectionBlockedAsync += (_, alarm) => ReportAsync(alarm.Reason);
        messages.ChannelShutdownAsync += (_, reason) => EndAsync(reason.ReplyText);
        publisher.Closed += reason =>
        {
            // What was not answered on it comes again, and what is too large is then answered so.
            largest.Learn(reason);
            ended.TrySetResult(reason.ReplyText);
        };
        publisher.Refused += queue => Log.Full(logger, NameOf(queue));
    }

    /// <summary>Whether it was of any use: a message is done with, answered or given back.</summary>
    public bool HasSettled => Volatile.Read(ref settled) > 0;

    /// <summary>Connects, and declares the queues.</summary>
    public static async Task<ConsumeSession> OpenAsync(
        QueueOptions options, ushort prefetch, QueueEmbedder embedder, LargestAnswer largest, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        var connection = await new BrokerConnections(options).OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await QueueTopology.DeclareAsync(connection, options, cancellationToken).ConfigureAwait(false);
            var messages = await connection.CreateChannelAsync(
                new CreateChannelOptions(publisherConfirmationsEnabled: false, publisherConfirmationTrackingEnabled: false, consumerDispatchConcurrency: prefetch), cancellationToken).ConfigureAwait(false);
            await messages.BasicQosAsync(0, prefetch, global: false, cancellationToken).ConfigureAwait(false);
            var publisher = await ConfirmedPublisher.OpenAsync(connection, time, cancellationToken).ConfigureAwait(false);
            return new ConsumeSession(connection, messages, publisher, options, embedder, largest, time, logger);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Answers messages until the host stops or the connection ends.</summary>
    /// <param name="mostMessages">When so many are done with it ends too, as when the host stops.</param>
    /// <param name="stopping">The host stops.</param>
    /// <returns>Why it has ended; null when the host stops, or those messages are done with.</returns>
    public async Task<string?> RunAsync(int mostMessages, CancellationToken stopping)
    {
        most = mostMessages;
        var consumer = new AsyncEventingBasicConsumer(messages);
        consumer.ReceivedAsync += (_, delivery) => HandleAsync(delivery);
        consumer.UnregisteredAsync += (_, _) => EndAsync("the broker has ended it: the queue is gone, or its leader has moved");
        var tag = await messages.BasicConsumeAsync(options.Name, autoAck: false, consumer, stopping).ConfigureAwait(false);
        Log.Consuming(logger, options.Name, connection.Endpoint.ToString());
        await ((Task)Task.WhenAny(ended.Task, enough.Task)).WaitAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (ended.Task.IsCompleted)
        {
            await lost.CancelAsync().ConfigureAwait(false);
            await drain.CloseAsync().ConfigureAwait(false);
            return await ended.Task.ConfigureAwait(false);
        }

        await messages.BasicCancelAsync(tag, cancellationToken: CancellationToken.None).ConfigureAwait(false);
        return null;
    }

    /// <summary>Answers what is there; what the library has not begun goes back to the broker.</summary>
    /// <param name="hurry">Whoever stops the host does not want to wait any longer.</param>
    public async Task DrainAsync(CancellationToken hurry)
    {
        using var late = hurry.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), lost);
        await drain.CloseAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await lost.CancelAsync().ConfigureAwait(false);
        await drain.CloseAsync().ConfigureAwait(false);
        await publisher.DisposeAsync().ConfigureAwait(false);
        await messages.DisposeAsync().ConfigureAwait(false);
        await connection.DisposeAsync().ConfigureAwait(false);
        lost.Dispose();
    }

    private Task EndAsync(string reason)
    {
        ended.TrySetResult(reason);
        return Task.CompletedTask;
    }

    private Task ReportAsync(string alarm)
    {
        Log.Blocked(logger, alarm);
        return Task.CompletedTask;
    }

    // Nothing may leave this method but its end: the library would only report it.
    private async Task HandleAsync(BasicDeliverEventArgs delivery)
    {
        if (!drain.TryEnter())
        {
            return;
        }

        try
        {
            await AnswerAsync(delivery).ConfigureAwait(false);
            if (Interlocked.Increment(ref settled) >= most)
            {
                enough.TrySetResult();
            }
        }
        catch (OperationCanceledException) when (lost.IsCancellationRequested)
        {
            // The broker hands it to somebody else.
        }
        catch (Exception error) when (BrokerTrouble.Is(error))
        {
            ended.TrySetResult(error.Message);
        }
        catch (Exception error)
        {
            await RejectAsync(delivery, error).ConfigureAwait(false);
        }
        finally
        {
            drain.Leave();
        }
    }

    private async Task AnswerAsync(BasicDeliverEventArgs delivery)
    {
        var message = QueueMessage.Of(delivery.BasicProperties, delivery.Body.Span);
        try
        {
            var answer = await embedder.AnswerAsync(message, delivery.BasicProperties, delivery.Body, lost.Token).ConfigureAwait(false);
            await SettleAsync(
                delivery,
                message,
                await IsTakenAsync(message, largest.Fit(answer)).ConfigureAwait(false) ? null : $"the queue '{NameOf(message.ReplyTo ?? options.AnswersName)}' does not take its answer").ConfigureAwait(false);
        }
        catch (PublishReturnException) when (message.ReplyTo is null)
        {
            // No message's fault: the next session declares it, or waits for whoever does. Each message would else be a dead letter.
            ended.TrySetResult($"the queue '{options.AnswersName}' for answers is gone");
        }
        catch (PublishReturnException)
        {
            Log.NowhereToAnswer(logger, NameOf(message.Id), NameOf(message.ReplyTo!));
            await messages.BasicRejectAsync(delivery.DeliveryTag, requeue: false, lost.Token).ConfigureAwait(false);
        }
        catch (BridgeException error) when (error.Error.Kind is BridgeErrorKind.SpaceMismatch or BridgeErrorKind.UnknownModel)
        {
            await PassOnAsync(delivery, message, error.Message).ConfigureAwait(false);
        }
        catch (BridgeException error)
        {
            // Whoever gets it next, perhaps this host again, gets it later.
            await Task.Delay(BeforeReturn, time, lost.Token).ConfigureAwait(false);
            await SettleAsync(delivery, message, error.Message).ConfigureAwait(false);
        }
    }

    private Task<bool> IsTakenAsync(QueueMessage message, QueueAnswer answer) => publisher.TryPublishAsync(
        message.ReplyTo ?? options.AnswersName, answer.PropertiesFor(message), answer.Body, message.ReplyTo is null ? Timeout.InfiniteTimeSpan : UntilTaken, lost.Token);

    // Another host has what it demands, or nobody.
    private async Task PassOnAsync(BasicDeliverEventArgs delivery, QueueMessage message, string reason)
    {
        var passage = Passage.Of(delivery.BasicProperties, time.GetUtcNow());
        if (passage.Age >= options.PassOnFor || passage.Deliveries >= options.DeliveryLimit)
        {
            Log.NobodyHas(logger, NameOf(message.Id), passage.Age.TotalSeconds, passage.Deliveries, reason);
            await messages.BasicRejectAsync(delivery.DeliveryTag, requeue: false, lost.Token).ConfigureAwait(false);
            return;
        }

        Log.PassedOn(logger, passage.IsFirst ? LogLevel.Warning : LogLevel.Debug, NameOf(message.Id), reason);
        await Task.Delay(passage.Pause, time, lost.Token).ConfigureAwait(false);
        await SettleAsync(
            delivery,
            message,
            await publisher.TryPublishAsync(options.Name, passage.CopyAt(time.GetUtcNow()), delivery.Body, UntilTaken, lost.Token).ConfigureAwait(false) ? null : reason).ConfigureAwait(false);
    }

    // Done with, or given back with a reason.
    private async Task SettleAsync(BasicDeliverEventArgs delivery, QueueMessage message, string? reason)
    {
        if (reason is null)
        {
            await messages.BasicAckAsync(delivery.DeliveryTag, multiple: false, lost.Token).ConfigureAwait(false);
            return;
        }

        Log.NotAnswered(logger, NameOf(message.Id), DeliveryCount.Of(delivery.BasicProperties, DeliveryCount.Header) + 1, reason);
        await messages.BasicNackAsync(delivery.DeliveryTag, multiple: false, requeue: true, lost.Token).ConfigureAwait(false);
    }

    // What nobody has thought of must not cost this host a place among those it works on: the message is a dead letter, for somebody to look at.
    private async Task RejectAsync(BasicDeliverEventArgs delivery, Exception cause)
    {
        Log.Unanswerable(logger, cause, NameOf(delivery.BasicProperties.MessageId ?? ""));
        try
        {
            await messages.BasicRejectAsync(delivery.DeliveryTag, requeue: cause is OperationCanceledException, lost.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is OperationCanceledException || BrokerTrouble.Is(error))
        {
            ended.TrySetResult(error.Message);
        }
    }

    // Whoever sends a message must not write lines of the log, or to the terminal of who reads it.
    private static string NameOf(string sent) => ForeignText.Shorten(sent, LongestNameInLog);
}
