namespace AkiDb.Bridge.Models;

/// <summary>A module behind the pooling: what becomes of a text's vector.</summary>
/// <param name="File">Its safetensors file; null for a module without tensors.</param>
/// <param name="Inputs">The components that come in.</param>
/// <param name="Outputs">The components that go out.</param>
internal abstract record VectorModule(string? File, int Inputs, int Outputs)
{
    /// <summary>What it is called on the wire and in a fingerprint.</summary>
    public abstract string Name { get; }

    /// <summary>The tensors that it reads.</summary>
    public abstract IReadOnlyList<NeededTensor> Tensors { get; }

    /// <summary>The name that one of its tensors has among all tensors of the model, whose modules use the same names.</summary>
    public string NameOf(string tensor) => $"{File}/{tensor}";
}
