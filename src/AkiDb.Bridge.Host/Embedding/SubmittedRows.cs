namespace AkiDb.Bridge.Host.Embedding;

/// <summary>What of an input is submitted.</summary>
/// <param name="Rows">How many rows.</param>
/// <param name="Digest">Their digest.</param>
/// <param name="Fixed">How they are embedded, and where they were sent, in one line that is compared.</param>
internal sealed record SubmittedRows(long Rows, string Digest, string Fixed);
