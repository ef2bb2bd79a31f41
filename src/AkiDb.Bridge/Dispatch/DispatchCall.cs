using AkiDb.Bridge.Engines;

namespace AkiDb.Bridge.Dispatch;

/// <summary>One batch, or a part of one, on its way through the engines: what has been tried and what that has cost.</summary>
internal sealed class DispatchCall
{
    /// <summary>How often an input must have killed, the last time alone, before it is called poison: a death may be a coincidence.</summary>
    public const int DeathsOfInput = 3;

    // How often a batch must have killed before it is divided.
    private const int DeathsOfBatch = 2;

    private readonly int inheritedDeaths;
    private readonly int mostFailures;
    private readonly HashSet<IEngine> faulty = [];
    private EngineLease? lease;
    private int failures;

    /// <param name="batch">The texts.</param>
    /// <param name="rows">Where the rows go.</param>
    /// <param name="requirements">Who may compute them.</param>
    /// <param name="lease">The lease for the first try; null to find one.</param>
    /// <param name="retries">Tries after the first.</param>
    /// <param name="deaths">What is held against a single input from earlier requests.</param>
    public DispatchCall(TokenBatch batch, Memory<float> rows, EngineRequirements requirements, EngineLease? lease, int retries, int deaths)
        : this(batch, rows, requirements, deaths, retries + 1) => this.lease = lease;

    private DispatchCall(TokenBatch batch, Memory<float> rows, EngineRequirements requirements, int inheritedDeaths, int mostFailures)
    {
        Batch = batch;
        Rows = rows;
        Requirements = requirements;
        Deaths = this.inheritedDeaths = inheritedDeaths;
        this.mostFailures = mostFailures;
    }

    public TokenBatch Batch { get; }

    public Memory<float> Rows { get; }

    /// <summary>Who may compute it, as far as is known by now.</summary>
    public EngineRequirements Requirements { get; private set; }

    /// <summary>Workers that died while they computed these texts, and may have died of them.</summary>
    public int Deaths { get; private set; }

    /// <summary>Whether it has killed so often that it is divided or, being a single input, refused.</summary>
    public bool IsDeadly => Deaths >= Math.Max(inheritedDeaths + 1, Batch.Texts == 1 ? DeathsOfInput : DeathsOfBatch);

    /// <summary>Whether an engine has failed on it.</summary>
    public bool HasFailed => failures > 0;

    /// <summary>The lease that came with the batch, for its first try.</summary>
    public EngineLease? TakeLease() => Interlocked.Exchange(ref lease, null);

    /// <summary>An engine failed on it: the next try goes to another one, if there is one.</summary>
    public void RecordFailure(bool onWorker, bool died)
    {
        failures++;
        Deaths += died ? 1 : 0;
        Requirements = Requirements with { AvoidWorkers = onWorker, AvoidInProcess = !onWorker };
    }

    /// <summary>An engine answered rows that the model does not give, for these texts.</summary>
    public void RecordFaultyRows(IEngine engine) => faulty.Add(engine);

    /// <summary>The engines that did so.</summary>
    public IReadOnlySet<IEngine> FaultyEngines => faulty;

    /// <summary>Whether the same texts are tried once more as they are.</summary>
    public bool IsWorthRetrying(DispatchReply reply) =>
        reply.Error is { IsTransient: true } error && failures < mostFailures && !IsDeadly && (error.Kind != BridgeErrorKind.OutOfMemory || Batch.Texts == 1);

    /// <summary>Whether its halves may fare better: one input's fault must not become its neighbours'.</summary>
    public bool IsWorthDividing(DispatchReply reply) => Batch.Texts > 1 && reply.Error is { IsTransient: true };

    /// <summary>Some of its texts, as a call of their own that inherits the deaths. Both engines get one try.</summary>
    public DispatchCall Part(int first, int texts)
    {
        var dimension = Rows.Length / Batch.Texts;
        return new DispatchCall(Batch.Slice(first, texts), Rows.Slice(first * dimension, texts * dimension), Requirements with { AvoidWorkers = false, AvoidInProcess = false }, Deaths, 2);
    }
}
