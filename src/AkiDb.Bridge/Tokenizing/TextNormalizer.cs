namespace AkiDb.Bridge.Tokenizing;

/// <summary>Brings a piece of text into the form that the vocabulary was made for. Immutable.</summary>
internal abstract class TextNormalizer
{
    /// <summary>Appends the normal form of a text, unless the text is in normal form already.</summary>
    /// <param name="text">Valid UTF-8.</param>
    /// <param name="output">Where the normal form goes.</param>
    /// <returns>False when the text itself is to be used and nothing was appended.</returns>
    public abstract bool TryNormalize(ReadOnlySpan<byte> text, scoped ref PooledBuffer<byte> output);
}
