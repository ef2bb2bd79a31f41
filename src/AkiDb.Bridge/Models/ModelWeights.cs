namespace AkiDb.Bridge.Models;

/// <summary>The weights of a model: its safetensors files and every tensor in them.</summary>
/// <param name="Files">The real files (symbolic links resolved), absolute, in ordinal order of their names in the folder.</param>
/// <param name="Tensors">Every tensor by the name in the file.</param>
/// <param name="Prefix">What stands before the base model's tensor names in these files: empty, <c>bert.</c> or <c>model.</c>.</param>
internal sealed record ModelWeights(IReadOnlyList<string> Files, IReadOnlyDictionary<string, TensorEntry> Tensors, string Prefix);
