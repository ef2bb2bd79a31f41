namespace AkiDb.Bridge.Tokenizing;

/// <summary>Brings a piece of text into the form that the vocabulary was made for. Immutable.</summary>
internal abstract class TextNormalizer
{
    /// <summary>Appends the normal form of a text, unless the text is in normal form already.</summary>
    /// <param name="text">Valid UTF-8.</param>
    /// <param name="output">Where the normal form goes.</param>
    /// <returns>False when the text itself is to be used and nothing was appended.</returns>
    public abstract bool TryNormalize(scoped ReadOnlySpan<byte> text, scoped ref PooledBuffer<byte> output);

    /// <summary>
    /// Whether the normal form of any text that has these two code points side by side is the normal form of its part up to the first, and
    /// then that of its part from the second.
    /// </summary>
    /// <param name="previous">The first.</param>
    /// <param name="next">The second; becomes what stands first in its part's normal form.</param>
    /// <param name="keepsPrevious">Whether the first stands last in its part's normal form.</param>
    public abstract bool MayCut(int previous, ref int next, out bool keepsPrevious);
}
