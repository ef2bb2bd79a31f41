using System.Numerics;
using System.Runtime.InteropServices;

namespace AkiDb.Bridge.Batching;

/// <summary>Texts that wait, from which batches of similar lengths are taken: callers take turns. Guarded by <see cref="BatcherState"/>.</summary>
/// <remarks>
/// Start-time fair queueing (Goyal, Vin and Cheng, "Start-Time Fair Queuing", SIGCOMM 1996), with tokens for bytes and callers for flows: a text's turn
/// is when its caller's text before it would be over if all callers got the same, or now if its caller has none. Every batch begins with the text whose
/// turn comes first: nobody's backlog is before another's, nobody starves. It is filled with the most similar lengths, in the order of their turns.
/// </remarks>
internal sealed class TextLane
{
    // Four lengths to an octave: texts of one bucket differ by a fifth at most.
    private const int PerOctave = 4;
    private const int Buckets = 32 * PerOctave;

    // Callers without texts are remembered for their last turn; so many at least before they are looked through.
    private const int PruneAbove = 64;

    private readonly LengthBucket?[] buckets = new LengthBucket?[Buckets];
    private readonly Dictionary<string, CallerTurn> callers = [];
    private readonly int[] counts = new int[Buckets];
    private UInt128 filled;
    private long virtualTime;

    /// <summary>The tokens of all texts that wait.</summary>
    public long Tokens { get; private set; }

    public int Count { get; private set; }

    /// <summary>The callers that are known here.</summary>
    public int Callers => callers.Count;

    public void Add(QueuedText text, string caller)
    {
        ref var turn = ref CollectionsMarshal.GetValueRefOrAddDefault(callers, caller, out _);
        (text.Caller, text.Start, text.Lane) = (caller, Math.Max(virtualTime, turn.Finish), this);
        turn.Finish = text.Start + text.Ids.Length;
        turn.Tokens += text.Ids.Length;
        turn.Texts++;
        var bucket = BucketOf(text);
        (buckets[bucket] ??= new LengthBucket()).Add(text);
        counts[bucket]++;
        filled |= UInt128.One << bucket;
        Tokens += text.Ids.Length;
        Count++;
    }

    /// <summary>Another caller waits for the text too: it has its turn when the first of them has.</summary>
    public void Join(QueuedText text, string caller)
    {
        if (caller != text.Caller && Math.Max(virtualTime, callers.GetValueOrDefault(caller).Finish) < text.Start)
        {
            Unlink(text);
            Add(text, caller);
        }
    }

    /// <summary>Nobody waits for the text any more: what was not computed costs its caller no turn.</summary>
    public void Remove(QueuedText text)
    {
        if (Unlink(text) == 0)
        {
            callers.Remove(text.Caller);
        }

        Forget();
    }

    /// <summary>Takes the text whose turn comes first, and as many more of the most similar lengths as fit.</summary>
    /// <param name="batchTokens">The tokens that fit; a longer text goes alone.</param>
    /// <param name="mostTexts">The texts that fit.</param>
    public IReadOnlyList<QueuedText> Take(int batchTokens, int mostTexts)
    {
        if (Count == 0)
        {
            return [];
        }

        var first = First();
        var taken = new List<QueuedText>();
        var left = batchTokens;
        Take(first);
        var (below, above) = (BucketOf(first), BucketOf(first) + 1);
        var middle = below;
        while (left > 0 && taken.Count < mostTexts)
        {
            // The nearest lengths on either side; where both are as near, the shorter ones.
            below = HighestUpTo(below);
            above = LowestFrom(above);
            if (below < 0 && above >= Buckets)
            {
                break;
            }

            var nearest = below >= 0 && (above >= Buckets || middle - below <= above - middle) ? below-- : above++;
            while (taken.Count < mostTexts && buckets[nearest]!.First is { } text && text.Ids.Length <= left)
            {
                Take(text);
            }
        }

        Forget();
        return taken;

        void Take(QueuedText text)
        {
            Unlink(text);
            taken.Add(text);
            left -= text.Ids.Length;
            virtualTime = Math.Max(virtualTime, text.Start);
        }
    }

    /// <summary>What a caller has waiting.</summary>
    public long TokensOf(string caller) => callers.GetValueOrDefault(caller).Tokens;

    /// <summary>The tokens that are computed before a caller's next so many: its own, and of each other caller as many as it gets itself meanwhile.</summary>
    public long Before(string caller, long tokens)
    {
        var own = callers.GetValueOrDefault(caller).Tokens;
        if (own == Tokens)
        {
            return own;
        }

        var before = own;
        foreach (var (other, turn) in callers)
        {
            before += other == caller ? 0 : Math.Min(turn.Tokens, own + tokens);
        }

        return before;
    }

    // Returns how many texts its caller has left.
    private int Unlink(QueuedText text)
    {
        LengthBucket.Remove(text);
        var bucket = BucketOf(text);
        if (--counts[bucket] == 0)
        {
            filled &= ~(UInt128.One << bucket);
        }

        text.Lane = null;
        Tokens -= text.Ids.Length;
        Count--;
        ref var turn = ref CollectionsMarshal.GetValueRefOrNullRef(callers, text.Caller);
        turn.Tokens -= text.Ids.Length;
        return --turn.Texts;
    }

    // Whoever has nothing here, and had no more than its share, is as good as new.
    private void Forget()
    {
        if (Count == 0)
        {
            callers.Clear();
            virtualTime = 0;
            return;
        }

        if (callers.Count <= PruneAbove)
        {
            return;
        }

        foreach (var (caller, turn) in callers)
        {
            if (turn.Texts == 0 && turn.Finish <= virtualTime)
            {
                callers.Remove(caller);
            }
        }
    }

    private QueuedText First()
    {
        QueuedText? first = null;
        for (var bucket = LowestFrom(0); bucket < Buckets; bucket = LowestFrom(bucket + 1))
        {
            var text = buckets[bucket]!.First!;
            if (first is null || (text.Start, text.Number).CompareTo((first.Start, first.Number)) < 0)
            {
                first = text;
            }
        }

        return first!;
    }

    // The highest bucket up to this one that holds texts; negative when there is none.
    private int HighestUpTo(int bucket) => bucket < 0 ? -1 : bucket - (int)UInt128.LeadingZeroCount(filled << (Buckets - 1 - bucket));

    // The lowest bucket from this one on that holds texts; beyond the last one when there is none.
    private int LowestFrom(int bucket) => bucket >= Buckets ? Buckets : bucket + (int)UInt128.TrailingZeroCount(filled >> bucket);

    private static int BucketOf(QueuedText text)
    {
        var length = (uint)text.Ids.Length;
        var octave = BitOperations.Log2(length);
        var quarter = (int)(((ulong)length * PerOctave) >> octave) - PerOctave;
        return (octave * PerOctave) + quarter;
    }

    private struct CallerTurn
    {
        public long Finish;
        public long Tokens;
        public int Texts;
    }
}
