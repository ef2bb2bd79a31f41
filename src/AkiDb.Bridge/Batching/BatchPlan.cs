namespace AkiDb.Bridge.Batching;

/// <summary>Cuts texts into batches: similar lengths together, and no more tokens in one than the budget.</summary>
internal static class BatchPlan
{
    /// <summary>The batches, each a list of text indices.</summary>
    /// <param name="lengths">The tokens of each text.</param>
    /// <param name="tokenBudget">The tokens of one batch; a longer text goes alone.</param>
    public static IReadOnlyList<int[]> Cut(IReadOnlyList<int> lengths, int tokenBudget)
    {
        if (lengths.Count == 1)
        {
            return [[0]];
        }

        var order = Enumerable.Range(0, lengths.Count).OrderBy(index => lengths[index]).ToArray();
        var batches = new List<int[]>();
        var start = 0;
        var tokens = 0;
        for (var i = 0; i < order.Length; i++)
        {
            var length = lengths[order[i]];
            if (i > start && tokens + length > tokenBudget)
            {
                batches.Add(order[start..i]);
                (start, tokens) = (i, 0);
            }

            tokens += length;
        }

        batches.Add(order[start..]);
        return batches;
    }
}
