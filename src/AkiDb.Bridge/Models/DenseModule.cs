namespace AkiDb.Bridge.Models;

/// <summary>A linear layer and an activation.</summary>
/// <param name="File">Its safetensors file.</param>
/// <param name="Inputs">The components that come in.</param>
/// <param name="Outputs">The components that go out.</param>
/// <param name="HasBias">Whether something is added.</param>
/// <param name="Activation">What the result goes through.</param>
internal sealed record DenseModule(string File, int Inputs, int Outputs, bool HasBias, Activation Activation) : VectorModule(File, Inputs, Outputs)
{
    public const string Linear = "linear";

    public override string Name => "dense";

    public override IReadOnlyList<NeededTensor> Tensors => [.. NeededTensor.OfLinear("", new(Linear), Outputs, Inputs, HasBias)];
}
