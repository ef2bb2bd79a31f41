namespace AkiDb.Bridge.Models;

/// <summary>A layer normalisation of the vector.</summary>
/// <param name="File">Its safetensors file.</param>
/// <param name="Size">The components of the vector.</param>
internal sealed record LayerNormModule(string File, int Size) : VectorModule(File, Size, Size)
{
    public const string Norm = "norm";

    /// <summary>The library gives no choice.</summary>
    public const double Epsilon = 1e-5;

    public override string Name => "layer_norm";

    public override IReadOnlyList<NeededTensor> Tensors => [.. NeededTensor.OfNorm(Norm, Size, hasBias: true)];
}
