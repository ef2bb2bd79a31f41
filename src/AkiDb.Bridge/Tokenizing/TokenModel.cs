namespace AkiDb.Bridge.Tokenizing;

/// <summary>Splits normalised text into words and looks their pieces up. May be used by many threads at once.</summary>
internal abstract class TokenModel
{
    /// <summary>Adds the ids of a text. It may stop as soon as the sink is over.</summary>
    /// <param name="text">Valid UTF-8, normalised, without added tokens.</param>
    /// <param name="sink">Where the ids go.</param>
    public abstract void Encode(scoped ReadOnlySpan<byte> text, scoped ref TokenSink sink);

    /// <summary>The id that stands for what no token stands for; -1 where there is no such id.</summary>
    public virtual int UnknownId => -1;

    /// <summary>Whether a whole word is unknown, and not a character of it.</summary>
    public virtual bool UnknownIsWord => false;

    /// <summary>Whether white space is in no token.</summary>
    public virtual bool LosesSpace => false;

    /// <summary>Writes what a token stands for in normalised text; returns its bytes, never more than the token has.</summary>
    /// <param name="token">The token as the file writes it.</param>
    /// <param name="surface">Where the bytes go.</param>
    public abstract int Surface(ReadOnlySpan<byte> token, Span<byte> surface);

    /// <summary>The id of a token, or -1.</summary>
    /// <param name="token">The token as the file writes it.</param>
    public abstract int Find(ReadOnlySpan<byte> token);

    /// <summary>
    /// Whether the ids of any text that has these two code points side by side are the ids of its part up to the first, and then those of its
    /// part from the second.
    /// </summary>
    /// <param name="previous">The first, before normalisation.</param>
    /// <param name="next">The second, after normalisation.</param>
    public abstract bool MayCut(int previous, int next);
}
