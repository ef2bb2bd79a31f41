namespace AkiDb.Bridge.Diagnostics;

/// <summary>What waits for the engines, at one moment. All counts are of tokens.</summary>
/// <param name="AdmittedTokens">Of all requests that wait or are being computed: the permits that are taken.</param>
/// <param name="InteractiveTokens">Waiting in the interactive lane; equal texts count once.</param>
/// <param name="BulkTokens">Waiting in the bulk lane; equal texts count once.</param>
/// <param name="TokensPerSecond">How fast what waits is worked off; null until something has waited.</param>
/// <param name="Overdue">Requests that were still open after their deadline and had to be ended since the start: internal errors, so it should be 0.</param>
/// <param name="Overloaded">Whether more interactive work comes than is answered: no more is let in than keeps the engines busy.</param>
public sealed record QueueStatus(
    long AdmittedTokens, long InteractiveTokens, long BulkTokens, double? TokensPerSecond, long Overdue, bool Overloaded)
{
    internal static readonly QueueStatus Empty = new(0, 0, 0, null, 0, false);
}
