using System.Globalization;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace AkiDb.Bridge.Queue;

/// <summary>The three queues. Their messages are on most nodes of the cluster before they count as taken, and survive the loss of the others.</summary>
internal static class QueueTopology
{
    /// <summary>Declares them, or where somebody else does only looks whether they are there.</summary>
    /// <exception cref="InvalidDataException">A queue is not there, or was declared otherwise.</exception>
    public static async Task DeclareAsync(IConnection connection, QueueOptions options, CancellationToken cancellationToken)
    {
        // A policy may limit the length of every queue. One that is full then refuses, and who publishes waits: by default it would drop the oldest.
        var quorum = new Dictionary<string, object?> { ["x-queue-type"] = "quorum", ["x-overflow"] = "reject-publish" };
        var work = new Dictionary<string, object?>(quorum)
        {
            ["x-delivery-limit"] = options.DeliveryLimit,
            ["x-dead-letter-exchange"] = "",
            ["x-dead-letter-routing-key"] = options.DeadLettersName,

            // A dead letter leaves its queue when it is safe in the other one.
            ["x-dead-letter-strategy"] = "at-least-once",
        };
        await DeclareAsync(connection, options, options.DeadLettersName, quorum, cancellationToken).ConfigureAwait(false);
        await DeclareAsync(connection, options, options.AnswersName, quorum, cancellationToken).ConfigureAwait(false);
        await DeclareAsync(connection, options, options.Name, work, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Declares a stream, which keeps what was read.</summary>
    /// <exception cref="InvalidDataException">It was declared otherwise.</exception>
    public static Task DeclareStreamAsync(IConnection connection, string stream, CancellationToken cancellationToken) =>
        DeclareAsync(connection, new QueueOptions(), stream, new Dictionary<string, object?> { ["x-queue-type"] = "stream" }, cancellationToken);

    /// <summary>Whether there is such a queue. One whose node is down is there: that is trouble, which passes.</summary>
    public static async Task<bool> HasAsync(IConnection connection, string queue, CancellationToken cancellationToken)
    {
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        try
        {
            await channel.QueueDeclarePassiveAsync(queue, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (OperationInterruptedException error) when (IsMissing(error))
        {
            return false;
        }
    }

    private static async Task DeclareAsync(IConnection connection, QueueOptions options, string queue, Dictionary<string, object?> arguments, CancellationToken cancellationToken)
    {
        // A channel of its own: it is gone after a refusal.
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        try
        {
            if (options.Declare)
            {
                await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await channel.QueueDeclarePassiveAsync(queue, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationInterruptedException error) when (error.ShutdownReason is { ReplyCode: Constants.PreconditionFailed } reason)
        {
            throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture, $"The queue '{queue}' is there with other arguments ({reason.ReplyText}). Delete it, name another one, or set Bridge:Queue:Declare=false to take it as it is."), error);
        }
        catch (OperationInterruptedException error) when (error.ShutdownReason is { ReplyCode: Constants.AccessRefused } || IsMissing(error))
        {
            throw new InvalidDataException($"The queue '{queue}' cannot be used ({error.ShutdownReason!.ReplyText}). Declare it, or give the user the right to.", error);
        }
    }

    // Of a queue whose node is down the broker says by the same number that it is not found.
    private static bool IsMissing(OperationInterruptedException error) =>
        error.ShutdownReason is { ReplyCode: Constants.NotFound } reason && reason.ReplyText.Contains("no queue", StringComparison.Ordinal);
}
