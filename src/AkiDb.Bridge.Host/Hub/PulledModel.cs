namespace AkiDb.Bridge.Host.Hub;

/// <summary>A model that was fetched, or was there already.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Revision">The hub's commit.</param>
/// <param name="Folder">Where it lies.</param>
internal sealed record PulledModel(string Model, string Revision, string Folder);
