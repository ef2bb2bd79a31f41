using AkiDb.Bridge.Engines;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace AkiDb.Bridge.Dispatch;

/// <summary>Polly's part in a call, on one page: total timeout, then retry, then (for workers) circuit breaker, then attempt timeout.</summary>
internal sealed class ResiliencePipelines
{
    /// <summary>What is left of the deadline when a batch is dispatched.</summary>
    public static readonly ResiliencePropertyKey<TimeSpan> Remaining = new("akidb.remaining");

    /// <summary>What has become of the batch so far.</summary>
    public static readonly ResiliencePropertyKey<DispatchCall> Call = new("akidb.call");

    // What a slow processor needs for a token of a large model, with room to spare. Whether a worker still moves is its supervisor's to judge.
    private static readonly TimeSpan PerToken = TimeSpan.FromMilliseconds(50);

    private readonly CircuitBreakerStateProvider circuit = new();
    private readonly DispatchOptions options;
    private readonly TimeProvider time;
    private long closedToWorkersSince;

    public ResiliencePipelines(DispatchOptions options, TimeProvider time)
    {
        this.options = options;
        this.time = time;
        var attempt = new TimeoutStrategyOptions { TimeoutGenerator = arguments => new(AttemptTimeout(CallOf(arguments.Context))) };
        Total = new ResiliencePipelineBuilder<DispatchReply> { TimeProvider = time }

            // The caller's own deadline bounds everything below, waiting for an engine included.
            .AddTimeout(new TimeoutStrategyOptions
            {
                TimeoutGenerator = arguments => new(arguments.Context.Properties.GetValue(Remaining, options.Timeout)),
            })

            // Only what may end differently elsewhere is tried again. A dead worker's batch goes on within milliseconds; the delays grow so that
            // a worker that dies on every batch is not fed one per millisecond.
            .AddRetry(new RetryStrategyOptions<DispatchReply>
            {
                ShouldHandle = arguments => new(CallOf(arguments.Context).IsWorthRetrying(arguments.Outcome.Result)),
                MaxRetryAttempts = options.Retries,
                Delay = options.RetryDelay,
                MaxDelay = TimeSpan.FromSeconds(1),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
            })
            .Build();

        Worker = new ResiliencePipelineBuilder<EngineReply> { TimeProvider = time }

            // Half of at least 8 calls in 10 s: one crash with a few batches in flight does not open it, workers that keep failing do. A batch that
            // is too large for their memory says nothing against them.
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<EngineReply>
            {
                ShouldHandle = new PredicateBuilder<EngineReply>().Handle<TimeoutRejectedException>().HandleResult(reply => reply.Error is { Kind: BridgeErrorKind.EngineFault }),
                FailureRatio = 0.5,
                MinimumThroughput = 8,
                SamplingDuration = TimeSpan.FromSeconds(10),
                BreakDuration = options.BreakDuration,
                StateProvider = circuit,
                OnOpened = _ => BeginBreak(),
                OnHalfOpened = _ => BeginBreak(),
            })
            .AddTimeout(attempt)
            .Build();

        Attempt = new ResiliencePipelineBuilder<EngineReply> { TimeProvider = time }.AddTimeout(attempt).Build();
    }

    /// <summary>Whether workers are left alone now.</summary>
    /// <remarks>
    /// Polly's circuit stays open until the next call after the break, which is the one that tries. Whoever asked Polly alone before calling would
    /// never call again.
    /// </remarks>
    public bool CircuitOpen => circuit.CircuitState != CircuitState.Closed
        && time.GetElapsedTime(Interlocked.Read(ref closedToWorkersSince)) < options.BreakDuration;

    /// <summary>Around one batch: total timeout and retry.</summary>
    public ResiliencePipeline<DispatchReply> Total { get; }

    /// <summary>Around one try on a worker: circuit breaker and attempt timeout.</summary>
    public ResiliencePipeline<EngineReply> Worker { get; }

    /// <summary>Around one try on a worker when nothing but workers can answer: an open circuit would only refuse what might succeed.</summary>
    public ResiliencePipeline<EngineReply> Attempt { get; }

    private static DispatchCall CallOf(ResilienceContext context) => context.Properties.GetValue(Call, null!);

    // A single long text may take minutes on a slow machine and be as well as can be.
    private TimeSpan AttemptTimeout(DispatchCall call)
    {
        var needed = call.Batch.Tokens * PerToken;
        return needed > options.AttemptTimeout ? needed : options.AttemptTimeout;
    }

    private ValueTask BeginBreak()
    {
        Interlocked.Exchange(ref closedToWorkersSince, time.GetTimestamp());
        return ValueTask.CompletedTask;
    }
}
