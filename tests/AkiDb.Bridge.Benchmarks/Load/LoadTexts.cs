namespace AkiDb.Bridge.Benchmarks.Load;

/// <summary>Texts of a known number of tokens; hardly two are equal, so that nothing can be computed once for several.</summary>
internal static class LoadTexts
{
    /// <summary>The tokens of a short query.</summary>
    public const int Short = 16;

    /// <summary>The tokens of a paragraph.</summary>
    public const int Long = 200;

    /// <summary>How many of a mix are paragraphs.</summary>
    public const double LongShare = 0.2;

    private const int SpecialTokens = 2;

    // Each is one token of the vocabulary.
    private static readonly string[] Words = ["river", "house", "music", "green", "market", "light", "paper", "winter", "table", "road"];

    /// <summary>A text.</summary>
    public static string Of(Random random, int tokens) => string.Join(' ', random.GetItems(Words, tokens - SpecialTokens));

    /// <summary>A text as a caller sends it.</summary>
    /// <param name="random">Where chance comes from.</param>
    /// <param name="mixed">Whether a fifth of the texts are paragraphs.</param>
    public static string Next(Random random, bool mixed) => Of(random, mixed && random.NextDouble() < LongShare ? Long : Short);
}
