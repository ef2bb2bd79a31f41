namespace AkiDb.Bridge.Onnx;

/// <summary>A call's texts sorted by length and cut into micro-batches, so that next to no padding is computed.</summary>
internal sealed class CallPlan
{
    /// <summary>Below this a micro-batch is too small to use a core well.</summary>
    private const int FewestTokens = 64;

    /// <summary>How much larger than its tokens the padded shape of a micro-batch, which the attention sees, may be.</summary>
    private const double MostPadding = 1.5;

    private readonly long[] order;
    private readonly int[] starts;

    private CallPlan(long[] order, int[] starts, IReadOnlyList<MicroBatch> batches)
    {
        this.order = order;
        this.starts = starts;
        Batches = batches;
    }

    /// <summary>The micro-batches, shortest texts first.</summary>
    public IReadOnlyList<MicroBatch> Batches { get; }

    /// <summary>Plans a call.</summary>
    /// <param name="lengths">The number of tokens of each text.</param>
    /// <param name="mostTokens">The most tokens of one micro-batch of several texts.</param>
    /// <param name="cores">How many micro-batches can run at once: a small call is cut so that each core gets a part.</param>
    /// <param name="blockQueries">The queries of one block of the attention over a long text; 0 for no blocks.</param>
    public static CallPlan Create(ReadOnlySpan<int> lengths, int mostTokens, int cores, int blockQueries = 0)
    {
        var order = new long[lengths.Length];
        var starts = new int[lengths.Length];
        var tokens = 0;
        for (var text = 0; text < lengths.Length; text++)
        {
            order[text] = ((long)lengths[text] << 32) | (uint)text;
            starts[text] = tokens;
            tokens += lengths[text];
        }

        Array.Sort(order);
        var share = (tokens + cores - 1) / cores;
        return new(order, starts, Cut(order, Math.Min(mostTokens, Math.Max(share, FewestTokens)), blockQueries));
    }

    /// <summary>The text at a place in the order of length: its index in the call, its first token and its length.</summary>
    public (int Text, int Start, int Length) At(int place)
    {
        var text = (int)(uint)order[place];
        return (text, starts[text], (int)(order[place] >> 32));
    }

    private static List<MicroBatch> Cut(long[] order, int mostTokens, int blockQueries)
    {
        var batches = new List<MicroBatch>();
        var current = default(MicroBatch);
        for (var place = 0; place < order.Length; place++)
        {
            var length = (int)(order[place] >> 32);
            var grown = new MicroBatch(current.First, current.Texts + 1, current.Tokens + length, AttentionBlocks.PaddedLength(length, blockQueries));
            var fits = grown.Tokens <= mostTokens && (long)grown.Texts * length <= Math.Max(grown.Tokens * MostPadding, FewestTokens);
            if (current.Texts > 0 && !fits)
            {
                batches.Add(current);
                grown = grown with { First = place, Texts = 1, Tokens = length };
            }

            current = grown;
        }

        batches.Add(current);
        return batches;
    }
}
