namespace AkiDb.Bridge.Models;

/// <summary>Where a model was found.</summary>
/// <param name="Id">Its canonical name.</param>
/// <param name="Folder">Its folder, absolute.</param>
/// <param name="Revision">The hub's commit, where the folder is a snapshot of the Hugging Face cache; null otherwise.</param>
/// <param name="Manifest">The file that says what its files were when they came with the program; null for every other model.</param>
/// <param name="Converted">Where weights that were converted lie; null for nowhere.</param>
internal sealed record ModelLocation(string Id, string Folder, string? Revision, string? Manifest = null, string? Converted = null);
