using AkiDb.Bridge.Engines;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace AkiDb.Bridge.Dispatch;

/// <summary>Polly's part in a call, on one page: total timeout, then retry, then (for workers) circuit breaker, then attempt timeout.</summary>
internal sealed class ResiliencePipelines
{
    /// <summary>What is left of the request's deadline when its batch is dispatched.</summary>
    public static readonly ResiliencePropertyKey<TimeSpan> Remaining = new("akidb.remaining");

    private readonly CircuitBreakerStateProvider circuit = new();
    private readonly DispatchOptions options;
    private readonly TimeProvider time;
    private long closedToWorkersSince;

    public ResiliencePipelines(DispatchOptions options, TimeProvider time)
    {
        this.options = options;
        this.time = time;
        Call = new ResiliencePipelineBuilder<DispatchReply> { TimeProvider = time }

            // The caller's own deadline bounds everything below, waiting for a seat included.
            .AddTimeout(new TimeoutStrategyOptions
            {
                TimeoutGenerator = arguments => new(arguments.Context.Properties.GetValue(Remaining, options.Timeout)),
            })

            // Only what may end differently elsewhere is tried again. A dead worker's batch goes on within milliseconds; the delays grow so that
            // a worker that dies on every batch is not fed one per millisecond.
            .AddRetry(new RetryStrategyOptions<DispatchReply>
            {
                ShouldHandle = new PredicateBuilder<DispatchReply>().HandleResult(reply => reply.Error is { IsTransient: true }),
                MaxRetryAttempts = options.Retries,
                Delay = options.RetryDelay,
                MaxDelay = TimeSpan.FromSeconds(1),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
            })
            .Build();

        Worker = new ResiliencePipelineBuilder<EngineReply> { TimeProvider = time }

            // Half of at least 8 calls in 10 s: one crash with a few batches in flight does not open it, workers that keep failing do.
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<EngineReply>
            {
                ShouldHandle = new PredicateBuilder<EngineReply>().Handle<TimeoutRejectedException>().HandleResult(reply => reply.Error is { IsTransient: true }),
                FailureRatio = 0.5,
                MinimumThroughput = 8,
                SamplingDuration = TimeSpan.FromSeconds(10),
                BreakDuration = options.BreakDuration,
                StateProvider = circuit,
                OnOpened = _ => BeginBreak(),
                OnHalfOpened = _ => BeginBreak(),
            })
            .AddTimeout(options.AttemptTimeout.Value)
            .Build();

        Attempt = new ResiliencePipelineBuilder<EngineReply> { TimeProvider = time }.AddTimeout(options.AttemptTimeout.Value).Build();
    }

    /// <summary>Whether workers are left alone now.</summary>
    /// <remarks>
    /// Polly's circuit stays open until the next call after the break, which is the one that tries. Whoever asked Polly alone before calling would
    /// never call again.
    /// </remarks>
    public bool CircuitOpen => circuit.CircuitState != CircuitState.Closed
        && time.GetElapsedTime(Interlocked.Read(ref closedToWorkersSince)) < options.BreakDuration.Value;

    /// <summary>Around one batch: total timeout and retry.</summary>
    public ResiliencePipeline<DispatchReply> Call { get; }

    /// <summary>Around one try on a worker: circuit breaker and attempt timeout.</summary>
    public ResiliencePipeline<EngineReply> Worker { get; }

    /// <summary>Around one try on a worker when nothing but workers can answer: an open circuit would only refuse what might succeed.</summary>
    public ResiliencePipeline<EngineReply> Attempt { get; }

    private ValueTask BeginBreak()
    {
        Interlocked.Exchange(ref closedToWorkersSince, time.GetTimestamp());
        return ValueTask.CompletedTask;
    }
}
