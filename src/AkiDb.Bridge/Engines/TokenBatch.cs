namespace AkiDb.Bridge.Engines;

/// <summary>The token ids of several texts, one text after the other: what an engine computes in one call.</summary>
/// <param name="Ids">All ids, special tokens included.</param>
/// <param name="Lengths">The number of ids of each text; each at least 1, their sum is the length of <paramref name="Ids"/>.</param>
internal readonly record struct TokenBatch(ReadOnlyMemory<int> Ids, ReadOnlyMemory<int> Lengths)
{
    public int Texts => Lengths.Length;

    public int Tokens => Ids.Length;

    /// <summary>Some neighbouring texts of the batch, in the same memory.</summary>
    public TokenBatch Slice(int first, int texts)
    {
        var lengths = Lengths.Span;
        var start = Sum(lengths[..first]);
        return new TokenBatch(Ids.Slice(start, Sum(lengths.Slice(first, texts))), Lengths.Slice(first, texts));
    }

    private static int Sum(ReadOnlySpan<int> lengths)
    {
        var sum = 0;
        foreach (var length in lengths)
        {
            sum += length;
        }

        return sum;
    }
}
