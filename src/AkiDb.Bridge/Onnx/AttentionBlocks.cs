using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Onnx;

/// <summary>How the attention over a long text is cut, so that its scores never are in memory all at once.</summary>
internal static class AttentionBlocks
{
    /// <summary>The longest text whose scores are computed at once.</summary>
    public const int LongestAtOnce = 512;

    /// <summary>The scores of one block: 64 MB.</summary>
    private const int MostScores = 1 << 24;

    // ONNX Runtime's matrix product adds four terms at a time, and in another order those that are left over. Without left-over terms a text's row is the
    // same to the last bit, whatever it is padded to.
    private const int TermsAtOnce = 4;

    private const int FewestQueries = 16;
    private const int MostQueries = 256;

    /// <summary>The queries of one block, a power of two; 0 where the model takes no text that is long enough.</summary>
    public static int Queries(TransformerModel model)
    {
        if (model.MaxTokens <= LongestAtOnce)
        {
            return 0;
        }

        var queries = MostQueries;
        while (queries > FewestQueries && (long)queries * model.Architecture.Heads * model.MaxTokens > MostScores)
        {
            queries /= 2;
        }

        return queries;
    }

    /// <summary>The padded length of a text: a multiple of four, that of a long one of a block's.</summary>
    /// <param name="length">The text's tokens.</param>
    /// <param name="queries">The queries of one block; 0 for no blocks.</param>
    public static int PaddedLength(int length, int queries)
    {
        var multiple = queries == 0 || length <= LongestAtOnce ? TermsAtOnce : queries;
        return checked(length + multiple - 1) / multiple * multiple;
    }
}
