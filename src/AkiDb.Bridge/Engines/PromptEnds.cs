namespace AkiDb.Bridge.Engines;

/// <summary>Takes the marks out of a batch that stand behind those first tokens of its texts that are not pooled.</summary>
internal static class PromptEnds
{
    /// <param name="batch">The batch.</param>
    /// <param name="mark">The id that is a mark and no token; at most one is in a text.</param>
    /// <returns>The batch without marks, and how many tokens of each text are not pooled; null where all are.</returns>
    public static (TokenBatch Tokens, int[]? Skipped) Take(TokenBatch batch, int mark)
    {
        var ids = batch.Ids.Span;
        var marks = ids.Count(mark);
        if (marks == 0)
        {
            return (batch, null);
        }

        var kept = new int[ids.Length - marks];
        var lengths = batch.Lengths.ToArray();
        var skipped = new int[lengths.Length];
        var start = 0;
        for (var text = 0; text < lengths.Length; text++)
        {
            var tokens = ids[..lengths[text]];
            ids = ids[lengths[text]..];
            if (tokens.IndexOf(mark) is >= 0 and var before)
            {
                (skipped[text], lengths[text]) = (before, tokens.Length - 1);
                tokens[..before].CopyTo(kept.AsSpan(start));
                tokens[(before + 1)..].CopyTo(kept.AsSpan(start + before));
            }
            else
            {
                tokens.CopyTo(kept.AsSpan(start));
            }

            start += lengths[text];
        }

        return (new TokenBatch(kept, lengths), skipped);
    }
}
