namespace AkiDb.Bridge.Models;

/// <summary>The names under which callers may ask for a served model.</summary>
/// <param name="Id">The canonical name, such as <c>sentence-transformers/all-MiniLM-L6-v2</c>.</param>
/// <param name="Configured">What the configuration calls it: a name, a name with revision, or a folder's path.</param>
/// <remarks>Names ignore case, as the hub's addresses do; a configured path must be written as it is in the configuration.</remarks>
internal sealed record ModelName(string Id, string Configured)
{
    /// <summary>The name without its organisation.</summary>
    public string ShortName => Id[(Id.LastIndexOf('/') + 1)..];

    /// <summary>Whether a request for this name means this model.</summary>
    public bool Matches(string requested) =>
        string.Equals(requested, Id, StringComparison.OrdinalIgnoreCase)
        || string.Equals(requested, ShortName, StringComparison.OrdinalIgnoreCase)
        || requested == Configured;

    /// <summary>The names of a model that has not been looked for.</summary>
    public static ModelName OfConfigured(string configured) =>
        new(HubName.Parse(configured)?.Id ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(configured)), configured);

    /// <summary>A name that could mean this model and another; null when there is none.</summary>
    public string? SharedWith(ModelName other) => new[] { Id, ShortName, Configured }.FirstOrDefault(other.Matches);
}
