using System.Numerics;

namespace AkiDb.Bridge.Batching;

/// <summary>Texts in order of arrival, from which batches of similar lengths are taken. Guarded by the batcher.</summary>
/// <remarks>Every batch begins with the text that has waited longest: similar lengths go together, and nobody starves.</remarks>
internal sealed class TextLane
{
    // Four lengths to an octave: texts of one bucket differ by a fifth at most.
    private const int PerOctave = 4;
    private const int Buckets = 32 * PerOctave;

    private readonly LinkedList<QueuedText>?[] buckets = new LinkedList<QueuedText>?[Buckets];

    /// <summary>The tokens of all texts that wait.</summary>
    public long Tokens { get; private set; }

    public int Count { get; private set; }

    public void Add(QueuedText text)
    {
        (buckets[BucketOf(text)] ??= new()).AddLast(text.Place);
        text.Lane = this;
        Tokens += text.Ids.Length;
        Count++;
    }

    public void Remove(QueuedText text)
    {
        text.Place.List!.Remove(text.Place);
        text.Lane = null;
        Tokens -= text.Ids.Length;
        Count--;
    }

    /// <summary>Takes the oldest text, and as many more of the most similar lengths as fit.</summary>
    /// <param name="batchTokens">The tokens that fit; a longer text goes alone.</param>
    /// <param name="mostTexts">The texts that fit.</param>
    public IReadOnlyList<QueuedText> Take(int batchTokens, int mostTexts)
    {
        if (Count == 0)
        {
            return [];
        }

        var oldest = Oldest();
        var taken = new List<QueuedText>();
        var left = Math.Max(batchTokens, oldest.Ids.Length);
        var middle = BucketOf(oldest);
        for (var distance = 0; distance < Buckets && left > 0 && Count > 0; distance++)
        {
            TakeFrom(middle - distance);
            if (distance > 0)
            {
                TakeFrom(middle + distance);
            }
        }

        return taken;

        void TakeFrom(int bucket)
        {
            while (bucket is >= 0 and < Buckets && buckets[bucket]?.First?.Value is { } text && text.Ids.Length <= left && taken.Count < mostTexts)
            {
                Remove(text);
                taken.Add(text);
                left -= text.Ids.Length;
            }
        }
    }

    private QueuedText Oldest()
    {
        QueuedText? oldest = null;
        foreach (var bucket in buckets)
        {
            if (bucket?.First?.Value is { } text && (oldest is null || text.Order < oldest.Order))
            {
                oldest = text;
            }
        }

        return oldest!;
    }

    private static int BucketOf(QueuedText text)
    {
        var length = (uint)text.Ids.Length;
        var octave = BitOperations.Log2(length);
        var quarter = (int)(((ulong)length * PerOctave) >> octave) - PerOctave;
        return (octave * PerOctave) + quarter;
    }
}
