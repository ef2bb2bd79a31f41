namespace AkiDb.Bridge.Dispatch;

/// <summary>How long calls may take and how often they are tried again.</summary>
public sealed class DispatchOptions
{
    /// <summary>Which engine gets the work when both serve the same space: <c>workers</c> (default), <c>in-process</c> or <c>fastest</c>.</summary>
    public EnginePreference Prefer { get; set; } = EnginePreference.Workers;

    /// <summary>A request's time in all, unless it brings its own. Default 30 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>One try of one batch on one worker. Default 10 s; a batch of more than 200 tokens gets 50 ms for each of its tokens.</summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Tries after the first, within the request's time. Default 5.</summary>
    public int Retries { get; set; } = 5;

    /// <summary>Before the second try; doubles with every further one, with jitter. Default 20 ms.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>How long the circuit to the workers stays open after too many failures. Default 2 s.</summary>
    public TimeSpan BreakDuration { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long workers must have been up again, after none was, before they get the traffic back from the in-process engine. Default 500 ms.</summary>
    public TimeSpan Failback { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long an input that a worker died of is remembered, so that it kills no more. Default 10 min.</summary>
    public TimeSpan PoisonMemory { get; set; } = TimeSpan.FromMinutes(10);
}
