using System.Globalization;
using AkiDb.Bridge.AspNetCore;
using Polly;
using Polly.Retry;
using RabbitMQ.Client;

namespace AkiDb.Bridge.Queue;

/// <summary>Computes a message's answer. What this host cannot do now is waited for, for a while; what nobody can do is an answer too.</summary>
internal sealed class QueueEmbedder(IEmbeddingBridge bridge, string caller, TimeProvider time)
{
    // Nobody waits for bulk work, and what was computed in vain is computed again.
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(10);

    private readonly ResiliencePipeline<QueueAnswer> patience = new ResiliencePipelineBuilder<QueueAnswer> { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions<QueueAnswer>
        {
            ShouldHandle = tried => ValueTask.FromResult(tried.Outcome.Exception is BridgeException error && tried.AttemptNumber < MostRetries(error.Error.Kind)),
            MaxRetryAttempts = int.MaxValue,
            Delay = TimeSpan.FromMilliseconds(200),
            MaxDelay = TimeSpan.FromSeconds(10),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
        })
        .Build();

    /// <summary>The largest message that is read: making texts of a larger one would take all memory.</summary>
    public long MostBytes { get; init; } = long.MaxValue;

    /// <summary>Answers a message.</summary>
    /// <exception cref="BridgeException">This host failed on it; another one may not.</exception>
    /// <exception cref="OperationCanceledException">The broker has the message back.</exception>
    public async Task<QueueAnswer> AnswerAsync(QueueMessage message, IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        if (body.Length > MostBytes)
        {
            return QueueAnswer.Of(new BridgeError(BridgeErrorKind.TooLarge, string.Create(
                CultureInfo.InvariantCulture, $"The message has {body.Length} bytes, and the limit is {MostBytes} (Bridge:Http:MaxBodyBytes). Split it.")));
        }

        try
        {
            var came = time.GetTimestamp();
            var (request, encoding) = message.Read(properties, body);
            return await patience.ExecuteAsync(async token => await EmbedAsync(request, encoding, time.GetElapsedTime(came), token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        catch (BridgeException error) when (!IsOfThisHost(error.Error))
        {
            return QueueAnswer.Of(error.Error);
        }
    }

    private async Task<QueueAnswer> EmbedAsync(EmbeddingRequest request, VectorEncoding encoding, TimeSpan waited, CancellationToken cancellationToken)
    {
        try
        {
            return QueueAnswer.Of(await bridge.EmbedAsync(request with { Caller = caller, Timeout = Left(request.Timeout, waited) }, cancellationToken).ConfigureAwait(false), encoding);
        }
        catch (BridgeException error) when (request.Timeout is not null && error.Error.Kind == BridgeErrorKind.DeadlineExceeded)
        {
            // It was asked for no later.
            return QueueAnswer.Of(error.Error);
        }
    }

    // The time that a message names goes on while this host is full, or has no engine. What is no time is for the request's validator.
    private static TimeSpan Left(TimeSpan? named, TimeSpan waited) => named switch
    {
        null => Timeout,
        { } timeout when timeout > waited => timeout - waited,
        { } timeout when timeout > TimeSpan.Zero => throw new BridgeException(BridgeErrorKind.DeadlineExceeded, "The message's time was over before it could be computed. Allow it more time, or let more hosts consume."),
        { } timeout => timeout,
    };

    // Then it is somebody else's turn. With the pauses above, eleven are about a minute, and sixty-five about ten.
    private static int MostRetries(BridgeErrorKind kind) => kind switch
    {
        BridgeErrorKind.NoEngine => 11,
        BridgeErrorKind.Overloaded => 65,
        BridgeErrorKind.DeadlineExceeded => 1,
        _ => 0,
    };

    private static bool IsOfThisHost(BridgeError error) => error.IsTransient || MostRetries(error.Kind) > 0 ||
        error.Kind is BridgeErrorKind.Internal or BridgeErrorKind.BadModel or BridgeErrorKind.SpaceMismatch or BridgeErrorKind.UnknownModel;
}
