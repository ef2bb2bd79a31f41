namespace AkiDb.Bridge.Models;

/// <summary>Where a model was found.</summary>
/// <param name="Id">Its canonical name.</param>
/// <param name="Folder">Its folder, absolute.</param>
/// <param name="Revision">The hub's commit, where the folder is a snapshot of the Hugging Face cache; null otherwise.</param>
internal sealed record ModelLocation(string Id, string Folder, string? Revision);
