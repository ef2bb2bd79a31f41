namespace AkiDb.Bridge.Models;

/// <summary>Where the modules behind the transformer keep their configuration.</summary>
/// <param name="Pooling">The folder of the pooling.</param>
/// <param name="Normalize">The folder of the normalisation, which need not exist; null where the model's vectors are not normalised.</param>
internal sealed record ModuleFolders(string Pooling, string? Normalize);
