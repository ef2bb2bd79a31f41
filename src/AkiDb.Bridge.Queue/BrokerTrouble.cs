using System.Net.Sockets;
using Polly;
using Polly.Retry;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace AkiDb.Bridge.Queue;

/// <summary>What passes when the broker is back, and how it is waited for.</summary>
internal static class BrokerTrouble
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    // What the libraries say, of which nobody sees what is wrong.
    private static readonly (string Said, string? Meaning)[] Unclear =
    [
        ("corrupted frame was received", "what listens there does not speak TLS; amqp:// is without it"),
        ("connection.start was never received", "what listens there is no broker, or one that speaks TLS only, which is amqps://"),
    ];

    public static bool Is(Exception error) =>
        error is BrokerUnreachableException or OperationInterruptedException or AlreadyClosedException or ObjectDisposedException or IOException or SocketException or TimeoutException;

    /// <summary>Whether the broker has closed a channel or a connection for what was sent on it: it would do so each time.</summary>
    /// <param name="error">What was thrown; trouble too, for whoever sends something else.</param>
    public static bool IsRefusal(Exception error) => error is OperationInterruptedException
    {
        ShutdownReason:
        {
            Initiator: ShutdownInitiator.Peer,
            ReplyCode: Constants.PreconditionFailed or Constants.AccessRefused or Constants.NotFound or Constants.FrameError or Constants.ContentTooLarge,
        },
    };

    /// <summary>What of it an operator can do something about.</summary>
    public static string ReasonOf(Exception error)
    {
        var reason = error is InvalidDataException ? error.Message : error.InnerException?.Message ?? error.Message;
        return Unclear.FirstOrDefault(unclear => reason.Contains(unclear.Said, StringComparison.Ordinal)).Meaning is { } meaning ? $"{reason}: {meaning}" : reason;
    }

    /// <summary>How long to wait after so many connections one after the other that were of no use.</summary>
    public static TimeSpan Pause(int inVain) => inVain == 0 ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Min(Longest.Ticks, Shortest.Ticks << Math.Min(inVain - 1, 10)));

    /// <summary>Tries again for as long as it takes.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="report">Told of each try that failed.</param>
    /// <param name="passesToo">What passes besides, at the moment; null for nothing.</param>
    public static ResiliencePipeline Patience(TimeProvider time, Action<string> report, Func<Exception, bool>? passesToo = null) => new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<Exception>(error => Is(error) || passesToo?.Invoke(error) == true),
            MaxRetryAttempts = int.MaxValue,
            Delay = Shortest,
            MaxDelay = Longest,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            OnRetry = retry =>
            {
                report(ReasonOf(retry.Outcome.Exception!));
                return default;
            },
        })
        .Build();
}
