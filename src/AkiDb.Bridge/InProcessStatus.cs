namespace AkiDb.Bridge;

/// <summary>The engine in the host's own process.</summary>
/// <param name="State"><c>ready</c>, <c>loading</c>, <c>failed</c>, or <c>off</c> when it is not in use.</param>
/// <param name="Detail">Why it failed; null when it did not.</param>
public sealed record InProcessStatus(string State, string? Detail);
