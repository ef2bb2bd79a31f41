namespace AkiDb.Bridge.Host.Hub;

/// <summary>A model on this machine.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Revision">The hub's commit; null where it is not from the hub's cache.</param>
/// <param name="Place">Where it was found: <c>AKIDB_MODELS_PATH</c>, <c>hub cache</c>, <c>AkiDB cache</c> or <c>program</c>.</param>
/// <param name="Folder">Its folder.</param>
/// <param name="Bytes">The bytes of its files.</param>
/// <param name="Problem">Why it cannot be served; null where nothing is known against it.</param>
internal sealed record FoundModel(string Model, string? Revision, string Place, string Folder, long Bytes, string? Problem);
