namespace AkiDb.Bridge.Pickles;

/// <summary>A block of numbers that tensors are views of.</summary>
/// <param name="Type">The element type, as safetensors calls it.</param>
/// <param name="Key">Its name in the file.</param>
/// <param name="Elements">How many numbers it has.</param>
internal sealed record PickledStorage(string Type, string Key, long Elements);
