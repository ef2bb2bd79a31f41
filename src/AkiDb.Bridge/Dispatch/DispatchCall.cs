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
    private Seat? seat;
    private int failures;

    /// <param name="batch">The texts.</param>
    /// <param name="rows">Where the rows go.</param>
    /// <param name="wish">Who may compute them.</param>
    /// <param name="seat">The seat for the first try; null to find one.</param>
    /// <param name="retries">Tries after the first.</param>
    /// <param name="deaths">What is held against a single input from earlier requests.</param>
    public DispatchCall(TokenBatch batch, Memory<float> rows, SeatWish wish, Seat? seat, int retries, int deaths)
        : this(batch, rows, wish, deaths, retries + 1) => this.seat = seat;

    private DispatchCall(TokenBatch batch, Memory<float> rows, SeatWish wish, int inheritedDeaths, int mostFailures)
    {
        Batch = batch;
        Rows = rows;
        Wish = wish;
        Deaths = this.inheritedDeaths = inheritedDeaths;
        this.mostFailures = mostFailures;
    }

    public TokenBatch Batch { get; }

    public Memory<float> Rows { get; }

    /// <summary>Who may compute it, as far as is known by now.</summary>
    public SeatWish Wish { get; private set; }

    /// <summary>Workers that died while they computed these texts, and may have died of them.</summary>
    public int Deaths { get; private set; }

    /// <summary>Whether it has killed so often that it is divided or, being a single input, refused.</summary>
    public bool IsDeadly => Deaths >= Math.Max(inheritedDeaths + 1, Batch.Texts == 1 ? DeathsOfInput : DeathsOfBatch);

    /// <summary>Whether an engine has failed on it.</summary>
    public bool HasFailed => failures > 0;

    /// <summary>The seat that came with the batch, for its first try.</summary>
    public Seat? TakeSeat() => Interlocked.Exchange(ref seat, null);

    /// <summary>An engine failed on it: the next try goes to another one, if there is one.</summary>
    public void NoteFailure(bool onWorker, bool died)
    {
        failures++;
        Deaths += died ? 1 : 0;
        Wish = Wish with { AvoidWorkers = onWorker };
    }

    /// <summary>Whether the same texts are tried once more as they are.</summary>
    public bool IsWorthRetrying(DispatchReply reply) =>
        reply.Error is { IsTransient: true } error && failures < mostFailures && !IsDeadly && (error.Kind != BridgeErrorKind.OutOfMemory || Batch.Texts == 1);

    /// <summary>Whether its halves may fare better: one input's fault must not become its neighbours'.</summary>
    public bool IsWorthDividing(DispatchReply reply) => Batch.Texts > 1 && reply.Error is { IsTransient: true };

    /// <summary>Some of its texts, as a call of their own that inherits the deaths. Both engines get one try.</summary>
    public DispatchCall Part(int first, int texts)
    {
        var dimension = Rows.Length / Batch.Texts;
        return new DispatchCall(Batch.Slice(first, texts), Rows.Slice(first * dimension, texts * dimension), Wish with { AvoidWorkers = false }, Deaths, 2);
    }
}
