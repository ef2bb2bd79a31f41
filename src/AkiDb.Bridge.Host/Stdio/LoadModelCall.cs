namespace AkiDb.Bridge.Host.Stdio;

/// <summary>Asks for a model to be served, beside those that are.</summary>
/// <param name="Model">Its name or folder.</param>
/// <param name="CacheFolder">Where the caller keeps models, in the layout of the Hugging Face cache or of AkiDB's own; null where it does not say.</param>
internal sealed record LoadModelCall(string Model, string? CacheFolder) : StdioCall;
