namespace AkiDb.Bridge.Host.Hub;

/// <summary>How a file of a model is.</summary>
/// <param name="Path">Its path within the folder.</param>
/// <param name="Problem">What is wrong with it; null where its hash is right.</param>
internal sealed record FileCheck(string Path, string? Problem);
