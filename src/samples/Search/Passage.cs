using Microsoft.Extensions.VectorData;

namespace AkiDb.Bridge.Samples;

/// <summary>A text that can be found by its meaning.</summary>
internal sealed class Passage
{
    /// <summary>Its number.</summary>
    [VectorStoreKey]
    public required int Id { get; init; }

    /// <summary>The text itself, which is also what is embedded.</summary>
    [VectorStoreData]
    public required string Text { get; init; }
}
