using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Engines;

namespace AkiDb.Bridge.Batching;

/// <summary>A batch that has been cut. Guarded by <see cref="BatcherState"/>, but for its token.</summary>
/// <param name="number">Its number.</param>
/// <param name="texts">Its texts.</param>
/// <param name="lease">Where it is tried first; null when no engine can answer.</param>
/// <param name="cut">When it was cut, as a time stamp.</param>
/// <param name="deadline">When the last of those who waited then stops waiting.</param>
/// <param name="leftSome">Whether others were left waiting.</param>
internal sealed class RunningBatch(long number, IReadOnlyList<QueuedText> texts, EngineLease? lease, long cut, long deadline, bool leftSome) : IDisposable
{
    private bool isBeingStarted;
    private readonly CancellationTokenSource abandoned = new();

    public long Number { get; } = number;

    /// <summary>Where it is tried first; null when no engine can answer.</summary>
    public EngineLease? Lease { get; } = lease;

    public long Cut { get; } = cut;

    /// <summary>When its time is over. Who joins one of its texts later may have more.</summary>
    public long Deadline { get; } = deadline;

    /// <summary>Whether it shows how fast its engine is: more was there than it could take, or it fills half its lease.</summary>
    public bool IsFull => leftSome || Tokens >= (Lease?.BatchTokens ?? int.MaxValue) / 2;

    public IReadOnlyList<QueuedText> Texts { get; } = texts;

    public int Tokens { get; } = texts.Sum(text => text.Ids.Length);

    /// <summary>Tokens whose rows are there. Written by the batch's own run only.</summary>
    public int ComputedTokens { get; set; }

    /// <summary>Whether the call that starts it has not returned yet.</summary>
    public bool IsBeingStarted { get => Volatile.Read(ref isBeingStarted); set => Volatile.Write(ref isBeingStarted, value); }

    /// <summary>Whether it was computed at the first try, as a whole. Written by the batch's own run only.</summary>
    public bool IsSmooth { get; set; } = true;

    /// <summary>Texts that are not closed and that somebody waits for. At zero nobody may join it any more.</summary>
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

    /// <summary>All its ids in one piece.</summary>
    public TokenBatch ToTokens()
    {
        if (Texts is [var only])
        {
            return new TokenBatch(only.Ids, new[] { only.Ids.Length });
        }

        var lengths = new int[Texts.Count];
        var ids = new int[Tokens];
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
