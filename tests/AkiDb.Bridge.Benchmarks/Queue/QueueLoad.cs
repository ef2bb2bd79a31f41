using System.Text.Json;
using AkiDb.Bridge.Benchmarks.Load;
using AkiDb.Bridge.Queue;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace AkiDb.Bridge.Benchmarks.Queue;

/// <summary>Sends messages and counts their answers.</summary>
internal sealed class QueueLoad : IAsyncDisposable
{
    public const string Queue = "akidb-bridge-bench";
    private const ushort Prefetch = 64;
    private const int MostUnconfirmed = 256;

    private readonly IConnection connection;
    private readonly IChannel channel;
    private readonly QueueOptions options = new() { Name = Queue };
    private TaskCompletionSource answered = new();
    private int expected;
    private int received;

    private QueueLoad(IConnection connection, IChannel channel) => (this.connection, this.channel) = (connection, channel);

    public static async Task<QueueLoad> OpenAsync(string uri, CancellationToken cancellationToken)
    {
        var connection = await new ConnectionFactory { Uri = new Uri(uri) }.CreateConnectionAsync(cancellationToken);
        var load = new QueueLoad(connection, await ConfirmingAsync(connection, cancellationToken));
        await QueueTopology.DeclareAsync(connection, load.options, cancellationToken);
        foreach (var queue in new[] { load.options.Name, load.options.AnswersName })
        {
            await load.channel.QueuePurgeAsync(queue, cancellationToken);
        }

        var consumer = new AsyncEventingBasicConsumer(load.channel);
        consumer.ReceivedAsync += (_, _) =>
        {
            if (Interlocked.Increment(ref load.received) == Volatile.Read(ref load.expected))
            {
                load.answered.TrySetResult();
            }

            return Task.CompletedTask;
        };
        await load.channel.BasicConsumeAsync(load.options.AnswersName, autoAck: true, consumer, cancellationToken);
        return load;
    }

    /// <summary>Sends so many messages, and waits until all are answered.</summary>
    public async Task PassAsync(int messages, int texts, CancellationToken cancellationToken)
    {
        (answered, received) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), 0);
        Volatile.Write(ref expected, messages);
        var random = new Random(messages);
        foreach (var some in Enumerable.Range(0, messages).Chunk(MostUnconfirmed))
        {
            await Task.WhenAll(some.Select(number => channel.BasicPublishAsync(
                "", Queue, mandatory: true, new BasicProperties { MessageId = $"{number}", DeliveryMode = DeliveryModes.Persistent },
                JsonSerializer.SerializeToUtf8Bytes(new { inputs = Enumerable.Range(0, texts).Select(_ => LoadTexts.Of(random, LoadTexts.Short)), encoding_format = "base64" }), cancellationToken).AsTask()));
        }

        await answered.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Waits until so many consume.</summary>
    public async Task WaitForConsumersAsync(int count, CancellationToken cancellationToken)
    {
        while (await channel.ConsumerCountAsync(Queue, cancellationToken) != count)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>Answers with as many bytes as a consumer would, confirmed and acknowledged as a consumer does, and computes nothing.</summary>
    public async Task<IAsyncDisposable> AnswerBareAsync(CancellationToken cancellationToken)
    {
        const int AnswerBytes = 16 * 2_200;
        var bare = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, consumerDispatchConcurrency: Prefetch), cancellationToken);
        await bare.BasicQosAsync(0, Prefetch, global: false, cancellationToken);
        var answer = new byte[AnswerBytes];
        var consumer = new AsyncEventingBasicConsumer(bare);
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            await bare.BasicPublishAsync("", options.AnswersName, mandatory: true, new BasicProperties { DeliveryMode = DeliveryModes.Persistent }, answer, cancellationToken);
            await bare.BasicAckAsync(delivery.DeliveryTag, multiple: false, cancellationToken);
        };
        await bare.BasicConsumeAsync(Queue, autoAck: false, consumer, cancellationToken);
        return bare;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await channel.DisposeAsync();
        await connection.DisposeAsync();
    }

    private static Task<IChannel> ConfirmingAsync(IConnection connection, CancellationToken cancellationToken) =>
        connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), cancellationToken);
}
