namespace AkiDb.Bridge.Supervision;

/// <summary>How workers are kept alive.</summary>
public sealed class SupervisionOptions
{
    /// <summary>Worker processes. Default 1.</summary>
    public int Workers { get; set; } = 1;

    /// <summary>From the start of the process to its hello. Default 10 s.</summary>
    public Duration HelloTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Without any progress while loading. Default 60 s.</summary>
    public Duration LoadTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Between two pings. Default 1 s.</summary>
    public Duration PingInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Without an answer to a ping, after which the worker is replaced. Default 5 s.</summary>
    public Duration PingTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>A batch whose computation has not moved for this long is stuck, and its worker is replaced. Default 20 s.</summary>
    public Duration StallTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>The back-off's first bound; it doubles with every early death. Default 250 ms.</summary>
    public Duration BackOffBase { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The back-off's largest bound. Default 30 s.</summary>
    public Duration BackOffMax { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>A worker that served for this long has earned a fresh back-off. Default 30 s.</summary>
    public Duration GoodService { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Between two tries of something that a restart cannot mend, such as a missing interpreter. Default 30 s.</summary>
    public Duration MisconfiguredRetry { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>What a worker is given to finish and exit when it is asked to. Default 5 s; then it is killed.</summary>
    public Duration GracePeriod { get; set; } = TimeSpan.FromSeconds(5);
}
