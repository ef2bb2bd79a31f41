namespace AkiDb.Bridge.Models;

/// <summary>Where a worker finds the files of a model.</summary>
/// <param name="Weights">The safetensors files, in the order in which they are hashed.</param>
/// <param name="Folder">The model's folder, for a library that reads it by itself.</param>
internal sealed record SealedPaths(IReadOnlyList<string> Weights, string Folder);
