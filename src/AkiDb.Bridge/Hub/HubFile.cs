namespace AkiDb.Bridge.Hub;

/// <summary>One file to fetch.</summary>
/// <param name="Path">Its path within the model's folder, with slashes.</param>
/// <param name="Hash">What its bytes must hash to: 64 hex digits are their SHA-256, 40 are git's SHA-1 of them. Also its name among the cache's blobs.</param>
/// <param name="Size">Its bytes.</param>
internal sealed record HubFile(string Path, string Hash, long Size);
