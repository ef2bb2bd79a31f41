namespace AkiDb.Bridge.Hub;

/// <summary>A file of a revision.</summary>
/// <param name="Rfilename">Its path within the model's folder.</param>
internal sealed record HubSibling(string? Rfilename);
