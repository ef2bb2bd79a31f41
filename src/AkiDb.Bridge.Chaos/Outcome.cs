namespace AkiDb.Bridge.Chaos;

/// <summary>One request, checked.</summary>
/// <param name="Latency">From sending it to the checked answer's arrival.</param>
/// <param name="Failure">Why it failed; null for an answer.</param>
/// <param name="Detail">The bridge's own sentence about the failure.</param>
/// <param name="ServedBy">Who computed it.</param>
/// <param name="Wrong">What is wrong with its vectors, one sentence each.</param>
internal sealed record Outcome(TimeSpan Latency, string? Failure, string? Detail, string ServedBy, IReadOnlyList<string> Wrong);
