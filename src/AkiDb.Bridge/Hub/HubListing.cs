namespace AkiDb.Bridge.Hub;

/// <summary>What the hub says of one revision of a model.</summary>
/// <param name="Sha">The commit.</param>
/// <param name="Siblings">Its files.</param>
internal sealed record HubListing(string? Sha, IReadOnlyList<HubSibling?>? Siblings);
