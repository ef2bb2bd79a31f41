namespace AkiDb.Bridge.Host.Hub;

/// <summary>Something in the hub's cache that no model needs.</summary>
/// <param name="Path">The file or folder.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Why">Why nobody needs it.</param>
internal sealed record Leftover(string Path, long Bytes, string Why);
