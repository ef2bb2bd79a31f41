namespace AkiDb.Bridge.Host.Embedding;

/// <summary>A text cannot be embedded, and the work ends there: the vectors of the texts before it are printed.</summary>
/// <param name="number">Which text, from 1 on.</param>
/// <param name="reason">What is wrong with it, as the second half of a sentence about it.</param>
internal sealed class BadTextException(long number, string reason) : Exception(reason)
{
    /// <summary>Which text, from 1 on.</summary>
    public long Number => number;
}
