namespace AkiDb.Bridge.Batching;

/// <summary>Takes the row of one of a request's texts. Called once for each text, never by two threads at once for the same request.</summary>
/// <param name="text">The text's index in the request.</param>
/// <param name="row">The pooled row; valid during the call only.</param>
internal delegate void RowWriter(int text, ReadOnlySpan<float> row);
