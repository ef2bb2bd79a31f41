using AkiDb.Bridge.Dispatch;

namespace AkiDb.Bridge.Batching;

/// <summary>The texts that the same engines may compute: two lanes, from which batches are cut. Guarded by <see cref="BatcherState"/>.</summary>
/// <param name="requirements">Who may compute them.</param>
/// <param name="batchTokens">The configured tokens of one batch; 0 for what suits the engine.</param>
internal sealed class TextQueue(EngineRequirements requirements, int batchTokens)
{
    // Of five batches one is bulk work, when both lanes wait.
    private const int InteractiveInARow = 4;

    // Bulk work that has been alone for so many batches has nobody to be considerate of.
    private const int AloneAfter = 16;

    private int inARow;
    private int sinceInteractive = AloneAfter;

    public EngineRequirements Requirements { get; } = requirements;

    public TextLane Interactive { get; } = new();

    public TextLane Bulk { get; } = new();

    /// <summary>The texts by their ids, from arrival until they are closed: equal ones are computed once.</summary>
    public Dictionary<ReadOnlyMemory<int>, QueuedText> Texts { get; } = new(TokenIdsComparer.Instance);

    /// <summary>Whether somebody is waiting for a lease for it.</summary>
    public bool IsPumped { get; set; }

    /// <summary>The batch that has a lease, and is cut when its engine has computed another one or when it is full; null when there is none.</summary>
    public (int LeaseTokens, TaskCompletionSource Grown)? Growing { get; set; }

    public bool IsEmpty => Interactive.Count + Bulk.Count == 0;

    /// <summary>Whether what waits fills a lease of so many tokens. What goes alone always does.</summary>
    public bool Fills(int leaseTokens) => Requirements.AvoidWorkers || Interactive.Tokens + Bulk.Tokens >= TokensOf(leaseTokens);

    public TextLane LaneOf(EmbeddingPriority priority) => priority == EmbeddingPriority.Bulk ? Bulk : Interactive;

    /// <summary>The next batch's texts; none when nothing waits.</summary>
    /// <param name="leaseTokens">What suits the engine that has been leased.</param>
    public IReadOnlyList<QueuedText> Cut(int leaseTokens)
    {
        var bulk = Interactive.Count == 0 || (Bulk.Count > 0 && inARow >= InteractiveInARow);
        (inARow, sinceInteractive) = bulk ? (0, sinceInteractive + 1) : (inARow + 1, 0);
        var tokens = TokensOf(leaseTokens);

        // Two batches are in flight on an engine. At half the size, an interactive text behind both waits for one batch, not for two. What may
        // kill a worker goes alone.
        return bulk
            ? Bulk.Take(sinceInteractive > AloneAfter ? tokens : Math.Max(1, tokens / 2), MostTexts)
            : Interactive.Take(tokens, MostTexts);
    }

    private int TokensOf(int leaseTokens) => batchTokens > 0 ? batchTokens : leaseTokens;

    private int MostTexts => Requirements.AvoidWorkers ? 1 : int.MaxValue;
}
