namespace AkiDb.Bridge.Models;

/// <summary>Checks that the weights hold every tensor that the architecture needs, in the right shape and a type that engines compute with.</summary>
internal static class WeightsCheck
{
    public static ModelWeights Check(
        string folder, IReadOnlyList<string> files, IReadOnlyDictionary<string, TensorEntry> tensors, TransformerArchitecture architecture)
    {
        var (anchor, ownPrefix, needed) = architecture switch
        {
            BertArchitecture bert => (BertTensors.Anchor, "bert.", BertTensors.Of(bert)),
            Qwen3Architecture qwen => (Qwen3Tensors.Anchor, "model.", Qwen3Tensors.Of(qwen)),
            _ => throw new ArgumentException($"No tensors are known for {architecture.Name}.", nameof(architecture)),
        };
        var at = files.Count == 1 ? files[0] : folder;
        var prefix = new[] { "", ownPrefix }.FirstOrDefault(prefix => tensors.ContainsKey(prefix + anchor))
            ?? throw BadModel.In(
                at, $"holds neither the tensor '{anchor}' nor '{ownPrefix}{anchor}': these are not the weights of a {architecture.Name} model.");
        foreach (var (name, shape) in needed)
        {
            CheckTensor(at, prefix + name, shape, tensors);
        }

        return new ModelWeights(files, tensors, prefix);
    }

    private static void CheckTensor(string at, string name, long[] shape, IReadOnlyDictionary<string, TensorEntry> tensors)
    {
        if (!tensors.TryGetValue(name, out var tensor))
        {
            throw BadModel.In(at, $"the tensor '{name}' is missing, which config.json asks for with shape [{string.Join(", ", shape)}].");
        }

        if (!tensor.Shape.SequenceEqual(shape))
        {
            throw BadModel.In(
                tensor.File,
                $"the tensor '{name}' has shape [{string.Join(", ", tensor.Shape)}], but config.json asks for [{string.Join(", ", shape)}].");
        }

        if (!TensorTypes.IsComputable(tensor.Type))
        {
            throw BadModel.In(tensor.File, $"the tensor '{name}' has type {tensor.Type}, which is not understood; accepted is F32, F16 or BF16.");
        }
    }
}
