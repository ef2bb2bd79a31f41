using AkiDb.Bridge.Dispatch;

namespace AkiDb.Bridge.Batching;

/// <summary>The texts that the same engines may compute: two lanes, from which batches are cut. Guarded by the batcher.</summary>
/// <param name="wish">Who may compute them.</param>
/// <param name="batchTokens">The configured tokens of one batch; 0 for what suits the engine.</param>
internal sealed class TextQueue(SeatWish wish, int batchTokens)
{
    // Of five batches one is bulk work, when both lanes wait.
    private const int InteractiveInARow = 4;

    // Bulk work that has been alone for so many batches has nobody to be considerate of.
    private const int AloneAfter = 16;

    private int inARow;
    private int sinceInteractive = AloneAfter;

    public SeatWish Wish { get; } = wish;

    public TextLane Interactive { get; } = new();

    public TextLane Bulk { get; } = new();

    /// <summary>The texts by their ids, from arrival until their rows are there: equal ones are computed once.</summary>
    public Dictionary<ReadOnlyMemory<int>, QueuedText> Texts { get; } = new(TokenIdsComparer.Instance);

    /// <summary>Whether somebody is waiting for a seat for it.</summary>
    public bool IsPumped { get; set; }

    public bool IsEmpty => Interactive.Count + Bulk.Count == 0;

    /// <summary>Whether what waits fills a seat of so many tokens. What goes alone always does.</summary>
    public bool Fills(int seatTokens) => Wish.AvoidWorkers || Interactive.Tokens + Bulk.Tokens >= TokensOf(seatTokens);

    public TextLane LaneOf(EmbeddingPriority priority) => priority == EmbeddingPriority.Bulk ? Bulk : Interactive;

    /// <summary>The next batch's texts; none when nothing waits.</summary>
    /// <param name="seatTokens">What suits the engine that has a free seat.</param>
    public IReadOnlyList<QueuedText> Cut(int seatTokens)
    {
        var bulk = Interactive.Count == 0 || (Bulk.Count > 0 && inARow >= InteractiveInARow);
        (inARow, sinceInteractive) = bulk ? (0, sinceInteractive + 1) : (inARow + 1, 0);
        var tokens = TokensOf(seatTokens);

        // Two batches are in flight on an engine. At half the size, an interactive text behind both waits for one batch, not for two. What may
        // kill a worker goes alone.
        return bulk
            ? Bulk.Take(sinceInteractive > AloneAfter ? tokens : Math.Max(1, tokens / 2), MostTexts)
            : Interactive.Take(tokens, MostTexts);
    }

    private int TokensOf(int seatTokens) => batchTokens > 0 ? batchTokens : seatTokens;

    private int MostTexts => Wish.AvoidWorkers ? 1 : int.MaxValue;
}
