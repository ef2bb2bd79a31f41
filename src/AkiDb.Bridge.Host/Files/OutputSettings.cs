namespace AkiDb.Bridge.Host.Files;

/// <summary>What an output is, whoever goes on with it.</summary>
/// <param name="Paths">Where it lies.</param>
/// <param name="Settings">How the input is read and the output written, in one line that is compared.</param>
/// <param name="Job">The job whose vectors are collected; null where they are computed.</param>
/// <param name="Space">The embedding space.</param>
/// <param name="Dimension">The components of a vector.</param>
internal sealed record OutputSettings(OutputPaths Paths, string Settings, string? Job, string Space, int Dimension);
