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
/// 2. Embed.         What cannot be embedded is answered with why.
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
    private readonly ConfirmedPublisher answers;
    private int most;
    private int settled;

    private ConsumeSession(IConnection connection, IChannel messages, ConfirmedPublisher answers, QueueOptions options, QueueEmbedder embedder, LargestAnswer largest, TimeProvider time, ILogger logger)
    {
        (this.connection, this.messages, this.answers, this.options) = (connection, messages, answers, options);
        (this.embedder, this.largest, this.time, this.logger) = (embedder, largest, time, logger);
        connection.ConnectionShutdownAsync += (_, reason) => EndAsync(reason.ReplyText);
        connection.ConnectionBlockedAsync += (_, alarm) => ReportAsync(alarm.Reason);
        messages.ChannelShutdownAsync += (_, reason) => EndAsync(reason.ReplyText);
        answers.Closed += reason =>
        {
            // What was not answered on it comes again, and what is too large is then answered so.
            largest.Learn(reason);
            ended.TrySetResult(reason.ReplyText);
        };
        answers.Refused += queue => Log.Full(logger, NameOf(queue));
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
            var answers = await ConfirmedPublisher.OpenAsync(connection, time, cancellationToken).ConfigureAwait(false);
            return new ConsumeSession(connection, messages, answers, options, embedder, largest, time, logger);
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
        await answers.DisposeAsync().ConfigureAwait(false);
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
            if (!await IsTakenAsync(message, largest.Fit(answer)).ConfigureAwait(false))
            {
                Log.NotAnswered(logger, NameOf(message.Id), DeliveriesBefore(delivery) + 1, $"the queue '{NameOf(message.ReplyTo!)}' does not take its answer");
                await messages.BasicNackAsync(delivery.DeliveryTag, multiple: false, requeue: true, lost.Token).ConfigureAwait(false);
                return;
            }

            await messages.BasicAckAsync(delivery.DeliveryTag, multiple: false, lost.Token).ConfigureAwait(false);
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
        catch (BridgeException error)
        {
            // Whoever gets it next, perhaps this host again, gets it later.
            Log.NotAnswered(logger, NameOf(message.Id), DeliveriesBefore(delivery) + 1, error.Message);
            await Task.Delay(BeforeReturn, time, lost.Token).ConfigureAwait(false);
            await messages.BasicNackAsync(delivery.DeliveryTag, multiple: false, requeue: true, lost.Token).ConfigureAwait(false);
        }
    }

    private async Task<bool> IsTakenAsync(QueueMessage message, QueueAnswer answer)
    {
        using var refused = new CancellationTokenSource(message.ReplyTo is null ? Timeout.InfiniteTimeSpan : UntilTaken, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(refused.Token, lost.Token);
        try
        {
            await answers.PublishAsync(message.ReplyTo ?? options.AnswersName, answer.PropertiesFor(message), answer.Body, either.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (refused.IsCancellationRequested && !lost.IsCancellationRequested)
        {
            return false;
        }
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

    // At the first delivery the header is whatever the sender has written there.
    private static long DeliveriesBefore(BasicDeliverEventArgs delivery) =>
        delivery.BasicProperties.Headers?.TryGetValue("x-delivery-count", out var count) == true && count is long and > 0 and < int.MaxValue ? (long)count : 0;
}
