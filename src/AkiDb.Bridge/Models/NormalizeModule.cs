namespace AkiDb.Bridge.Models;

/// <summary>The vector at length 1, before another module.</summary>
/// <param name="Size">The components of the vector.</param>
internal sealed record NormalizeModule(int Size) : VectorModule(null, Size, Size)
{
    /// <summary>A shorter vector than this is divided by it, so that no zero is.</summary>
    public const double LeastLength = 1e-12;

    public override string Name => "normalize";

    public override IReadOnlyList<NeededTensor> Tensors => [];
}
