namespace AkiDb.Bridge.Diagnostics;

/// <summary>An engine in the host's own process.</summary>
/// <param name="Name">As in <c>served_by</c>: <c>in-process</c>; that of a fallback model is called <c>fallback-model</c>.</param>
/// <param name="State"><c>ready</c>, <c>loading</c>, <c>failed</c>, or <c>off</c> when it is not in use.</param>
/// <param name="Detail">Why it failed, a sentence that may name local paths; null when it did not.</param>
public sealed record InProcessStatus(string Name, string State, string? Detail)
{
    internal static readonly InProcessStatus Off = new("in-process", "off", null);
}
