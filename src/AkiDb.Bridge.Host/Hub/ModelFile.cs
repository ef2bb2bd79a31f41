namespace AkiDb.Bridge.Host.Hub;

/// <summary>A file of a model's folder.</summary>
/// <param name="Path">Its path within the folder.</param>
/// <param name="Bytes">Its size.</param>
internal sealed record ModelFile(string Path, long Bytes);
