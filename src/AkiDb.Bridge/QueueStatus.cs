namespace AkiDb.Bridge;

/// <summary>What waits for the engines, at one moment. All counts are of tokens.</summary>
/// <param name="AdmittedTokens">Of all requests that wait or are being computed: the permits that are taken.</param>
/// <param name="InteractiveTokens">Waiting in the interactive lane; equal texts count once.</param>
/// <param name="BulkTokens">Waiting in the bulk lane; equal texts count once.</param>
/// <param name="TokensPerSecond">How fast what waits is worked off; null until something has waited.</param>
/// <param name="CacheHits">Texts that were answered from the cache; 0 without one.</param>
/// <param name="CacheMisses">Texts that were looked for in the cache in vain; 0 without one.</param>
/// <param name="Overloaded">Whether more interactive work comes than is answered: no more is let in than keeps the engines busy.</param>
public sealed record QueueStatus(
    long AdmittedTokens, long InteractiveTokens, long BulkTokens, double? TokensPerSecond, long CacheHits, long CacheMisses, bool Overloaded);
