namespace AkiDb.Bridge.Models;

/// <summary>How the token vectors of a text become one vector. The six poolings of sentence-transformers.</summary>
internal enum Pooling
{
    /// <summary>The first token's vector.</summary>
    Cls,

    /// <summary>The mean over the tokens.</summary>
    Mean,

    /// <summary>The largest value of each component over the tokens.</summary>
    Max,

    /// <summary>The sum over the tokens, divided by the square root of their number.</summary>
    MeanSqrtLength,

    /// <summary>The mean over the tokens, token i (from 1) weighing i.</summary>
    WeightedMean,

    /// <summary>The last token's vector.</summary>
    LastToken,
}
