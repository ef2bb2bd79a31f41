using AkiDb.Bridge.Engines;

namespace AkiDb.Bridge.Requests;

/// <summary>The token ids of a request's inputs, after truncation, one input after the other.</summary>
/// <param name="Ids">The ids of all inputs.</param>
/// <param name="Lengths">The ids of each input.</param>
/// <param name="Truncated">For each input, whether it was cut.</param>
internal sealed record TokenizedInputs(ReadOnlyMemory<int> Ids, int[] Lengths, bool[] Truncated)
{
    /// <summary>The ids of all inputs.</summary>
    public int Total => Ids.Length;

    /// <summary>The tokens of each input, where one id stands for none.</summary>
    public int[] LengthsWithout(int noToken)
    {
        var tokens = new int[Lengths.Length];
        var start = 0;
        for (var input = 0; input < tokens.Length; input++)
        {
            tokens[input] = Lengths[input] - Ids.Span.Slice(start, Lengths[input]).Count(noToken);
            start += Lengths[input];
        }

        return tokens;
    }

    public TokenBatch ToBatch() => new(Ids, Lengths);
}
