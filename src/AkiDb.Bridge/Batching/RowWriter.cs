namespace AkiDb.Bridge.Batching;

/// <summary>Takes the row of one of a request's texts: once for each text. Several threads may call it at once, for different texts.</summary>
/// <param name="text">The text's index in the request.</param>
/// <param name="row">The pooled row; valid during the call only.</param>
internal delegate void RowWriter(int text, ReadOnlySpan<float> row);
