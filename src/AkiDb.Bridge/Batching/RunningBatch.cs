using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Engines;

namespace AkiDb.Bridge.Batching;

/// <summary>A batch that has been cut. Guarded by the batcher, but for its token.</summary>
/// <param name="number">Its number.</param>
/// <param name="texts">Its texts.</param>
/// <param name="seat">Where it is tried first; null when no engine can answer.</param>
/// <param name="cut">When it was cut, as a time stamp.</param>
/// <param name="leftSome">Whether others were left waiting.</param>
internal sealed class RunningBatch(long number, IReadOnlyList<QueuedText> texts, Seat? seat, long cut, bool leftSome) : IDisposable
{
    private readonly CancellationTokenSource abandoned = new();

    public long Number { get; } = number;

    /// <summary>Where it is tried first; null when no engine can answer.</summary>
    public Seat? Seat { get; } = seat;

    public long Cut { get; } = cut;

    /// <summary>Whether it shows how fast its engine is: more was there than it could take, or it fills half its seat.</summary>
    public bool IsFull => leftSome || Tokens >= (Seat?.BatchTokens ?? int.MaxValue) / 2;

    public IReadOnlyList<QueuedText> Texts { get; } = texts;

    public int Tokens { get; } = texts.Sum(text => text.Ids.Length);

    /// <summary>Tokens whose rows are there. Written by the batch's own run only.</summary>
    public int ComputedTokens { get; set; }

    /// <summary>Whether it was computed at the first try, as a whole. Written by the batch's own run only.</summary>
    public bool IsSmooth { get; set; } = true;

    /// <summary>Texts that somebody still waits for.</summary>
    public int Wanted { get; set; } = texts.Count;

    /// <summary>Cancelled when nobody waits for any of its texts.</summary>
    public CancellationToken Abandoned => abandoned.Token;

    /// <summary>Ends its computation, if that has not ended by itself.</summary>
    public void Abandon()
    {
        try
        {
            abandoned.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has, just now.
        }
    }

    /// <summary>When the last of its requests stops waiting.</summary>
    public long Deadline() => Texts.Max(text => text.Waiters.Count == 0 ? long.MinValue : text.Waiters.Max(waiter => waiter.Job.Deadline));

    /// <summary>All its ids in one piece.</summary>
    public TokenBatch ToTokens()
    {
        if (Texts is [var only])
        {
            return new TokenBatch(only.Ids, new[] { only.Ids.Length });
        }

        var lengths = new int[Texts.Count];
        var ids = new int[Texts.Sum(text => text.Ids.Length)];
        var start = 0;
        for (var i = 0; i < lengths.Length; i++)
        {
            Texts[i].Ids.Span.CopyTo(ids.AsSpan(start));
            start += lengths[i] = Texts[i].Ids.Length;
        }

        return new TokenBatch(ids, lengths);
    }

    public void Dispose() => abandoned.Dispose();
}
