namespace AkiDb.Bridge.Tokenizing;

/// <summary>Splits normalised text into words and looks their pieces up. May be used by many threads at once.</summary>
internal abstract class TokenModel
{
    /// <summary>Adds the ids of a text.</summary>
    /// <param name="text">Valid UTF-8, normalised, without added tokens.</param>
    /// <param name="sink">Where the ids go.</param>
    public abstract void Encode(scoped ReadOnlySpan<byte> text, scoped ref TokenSink sink);

    /// <summary>The id of a token, or -1.</summary>
    /// <param name="token">The token as the file writes it.</param>
    public abstract int Find(ReadOnlySpan<byte> token);
}
