namespace AkiDb.Bridge;

/// <summary>One text of a bulk run, and everything that says what its vector is.</summary>
/// <param name="Text">The text.</param>
/// <param name="Vector">Its vector, of <see cref="EmbeddingSpace.Dimensions"/> components.</param>
/// <param name="Truncated">Whether the text was cut at the model's maximum.</param>
/// <param name="Space">The space that the vector lives in: the same one for all texts of a run, the precision aside.</param>
/// <param name="Degraded">Whether something other than the first choice answered.</param>
public readonly record struct EmbeddedText(string Text, ReadOnlyMemory<float> Vector, bool Truncated, EmbeddingSpace Space, bool Degraded);
