namespace AkiDb.Bridge.Host.Hub;

/// <summary>Whether a model is what it should be, and both engines give the same vectors for it.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Folder">Its folder.</param>
/// <param name="HashesFrom">Who says what the hashes must be: <c>hub</c>, <c>program</c>, or null where nobody does.</param>
/// <param name="Files">The files with a known hash.</param>
/// <param name="LeastCosine">The least cosine between what both engines give for the same texts; null where they could not be compared.</param>
/// <param name="Parity">What is to be said of that.</param>
/// <param name="Passed">Whether nothing is wrong.</param>
internal sealed record ModelVerdict(string Model, string Folder, string? HashesFrom, IReadOnlyList<FileCheck> Files, double? LeastCosine, string Parity, bool Passed);
