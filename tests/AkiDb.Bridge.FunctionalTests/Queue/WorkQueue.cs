using System.Collections.Concurrent;
using System.Text.Json;
using AkiDb.Bridge.FunctionalTests.Hosting;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace AkiDb.Bridge.FunctionalTests.Queue;

/// <summary>The other end of a work queue: sends messages, and keeps every answer that comes.</summary>
internal sealed class WorkQueue : IAsyncDisposable
{
    /// <summary>What RabbitMQ makes the address of who sends a message.</summary>
    public const string DirectReplyTo = "amq.rabbitmq.reply-to";

    private readonly IConnection connection;
    private readonly IChannel channel;

    private WorkQueue(IConnection connection, IChannel channel, string name) => (this.connection, this.channel, Name) = (connection, channel, name);

    public string Name { get; }

    /// <summary>Whether the broker has not ended its connection.</summary>
    public bool IsOpen => connection.IsOpen;

    /// <summary>Every answer by what it is correlated with, each as often as it came.</summary>
    public ConcurrentDictionary<string, ConcurrentQueue<BasicDeliverEventArgs>> Answers { get; } = new();

    public static async Task<WorkQueue> OpenAsync(RabbitCluster cluster, string name, int node = 0)
    {
        var connection = await cluster.ConnectAsync(node);
        return new WorkQueue(
            connection, await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true)), name);
    }

    /// <summary>Sends a message to the work queue; returns when the broker has it.</summary>
    public ValueTask SendAsync(string id, ReadOnlyMemory<byte> body, Action<BasicProperties>? change = null)
    {
        var properties = new BasicProperties { MessageId = id, DeliveryMode = DeliveryModes.Persistent };
        change?.Invoke(properties);
        return channel.BasicPublishAsync("", Name, mandatory: true, properties, body, TestContext.Current.CancellationToken);
    }

    /// <summary>Sends texts as JSON.</summary>
    public ValueTask SendAsync(string id, params string[] inputs) => SendAsync(id, JsonSerializer.SerializeToUtf8Bytes(new { inputs }));

    /// <summary>Sends a message with headers that no client would write.</summary>
    public async Task SendAsync(RawHeaders headers, ReadOnlyMemory<byte> body)
    {
        // One that confirms writes headers of its own.
        await using var unconfirmed = await connection.CreateChannelAsync(cancellationToken: TestContext.Current.CancellationToken);
        await unconfirmed.BasicPublishAsync("", Name, mandatory: false, headers, body, TestContext.Current.CancellationToken);
    }

    /// <summary>Takes every answer from now on.</summary>
    public Task CollectAsync(string? queue = null) => CollectAsync(queue ?? $"{Name}.answers", autoAck: false);

    /// <summary>Takes what comes without a queue from now on, to who asks with <see cref="DirectReplyTo"/>.</summary>
    public Task CollectDirectAsync() => CollectAsync(DirectReplyTo, autoAck: true);

    private async Task CollectAsync(string queue, bool autoAck)
    {
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            // The body is the library's when this returns.
            var kept = new BasicDeliverEventArgs(
                delivery.ConsumerTag, delivery.DeliveryTag, delivery.Redelivered, delivery.Exchange, delivery.RoutingKey, delivery.BasicProperties, delivery.Body.ToArray());
            Answers.GetOrAdd(delivery.BasicProperties.CorrelationId ?? "", _ => new()).Enqueue(kept);
            if (!autoAck)
            {
                await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false);
            }
        };
        await channel.BasicConsumeAsync(queue, autoAck, consumer, TestContext.Current.CancellationToken);
    }

    /// <summary>Counts the messages that come to a queue, and leaves them there: it has them back when this is disposed of.</summary>
    public async Task<Func<int>> WatchAsync(string queue)
    {
        var seen = 0;
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, _) =>
        {
            Interlocked.Increment(ref seen);
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue, autoAck: false, consumer, TestContext.Current.CancellationToken);
        return () => Volatile.Read(ref seen);
    }

    /// <summary>Waits for an answer.</summary>
    public Task<BasicDeliverEventArgs> AnswerAsync(string id, Func<string> evidence) => Eventually.GetAsync(
        () => Task.FromResult(Answers.TryGetValue(id, out var answers) && answers.TryPeek(out var answer) ? answer : null), $"{id} is answered", evidence);

    /// <summary>The messages in a queue.</summary>
    public async Task<uint> CountAsync(string queue) => await channel.MessageCountAsync(queue, TestContext.Current.CancellationToken);

    /// <summary>Deletes a queue, whoever reads it.</summary>
    public Task DeleteAsync(string queue) => channel.QueueDeleteAsync(queue, ifUnused: false, ifEmpty: false, cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>Takes one message from a queue; null when there is none.</summary>
    public Task<BasicGetResult?> TakeAsync(string queue) => channel.BasicGetAsync(queue, autoAck: true, TestContext.Current.CancellationToken);

    /// <summary>Makes a queue of another kind than the program does.</summary>
    public Task DeclareClassicAsync(string queue, Dictionary<string, object?>? arguments = null) =>
        channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await channel.DisposeAsync();
        await connection.DisposeAsync();
    }
}
