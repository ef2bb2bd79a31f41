using System.Globalization;

namespace AkiDb.Bridge.Models;

/// <summary>Checks that the weights hold every tensor that the architecture needs, in the right shape and a type that engines compute with, and no more of it.</summary>
internal static class WeightsCheck
{
    /// <summary>Tensors that some files carry along although they are computed, not learned.</summary>
    private const string Computed = ".inv_freq";

    public static ModelWeights Check(
        string folder, IReadOnlyList<string> files, IReadOnlyDictionary<string, TensorEntry> tensors, TransformerArchitecture architecture)
    {
        var (ownPrefix, layers, tensorsOf) = architecture switch
        {
            EncoderArchitecture encoder => (encoder.Layout.Prefix, encoder.Layout.Layer, EncoderTensors.Of(encoder)),
            DecoderArchitecture decoder => (DecoderLayout.Prefix, "layers.", DecoderTensors.Of(decoder)),
            _ => throw new ArgumentException($"No tensors are known for {architecture.Name}.", nameof(architecture)),
        };
        NeededTensor[] needed = [.. tensorsOf];
        var anchor = needed[0].Name;
        var at = files.Count == 1 ? files[0] : folder;
        var prefix = new[] { "", ownPrefix }.FirstOrDefault(prefix => tensors.ContainsKey(prefix + anchor))
            ?? throw BadModel.In(
                at, $"holds neither the tensor '{anchor}' nor '{ownPrefix}{anchor}': these are not the weights of a {architecture.Name} model.");
        var known = WithCurrentNames(tensors);
        foreach (var tensor in needed)
        {
            CheckTensor(at, prefix + tensor.Name, tensor.Shape, known);
        }

        RejectOthers(needed, prefix, layers, architecture, known);
        AddParts(needed, prefix, known);
        return new ModelWeights(files, known, prefix);
    }

    /// <summary>Refuses a tensor that is missing, or has another shape or a type that nothing computes with.</summary>
    public static void CheckTensor(string at, string name, long[] shape, IReadOnlyDictionary<string, TensorEntry> tensors)
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

    /// <summary>Gives the names that a normalisation's tensors have today to those of old files, as every library does when it reads them.</summary>
    private static Dictionary<string, TensorEntry> WithCurrentNames(IReadOnlyDictionary<string, TensorEntry> tensors)
    {
        var known = new Dictionary<string, TensorEntry>(tensors, StringComparer.Ordinal);
        foreach (var (name, tensor) in tensors)
        {
            foreach (var (old, current) in new[] { (".LayerNorm.gamma", ".LayerNorm.weight"), (".LayerNorm.beta", ".LayerNorm.bias") })
            {
                if (name.EndsWith(old, StringComparison.Ordinal) && known.TryAdd(name[..^old.Length] + current, tensor))
                {
                    known.Remove(name);
                }
            }
        }

        return known;
    }

    /// <summary>A tensor of a layer that nothing reads belongs to something that the layer does and we do not.</summary>
    private static void RejectOthers(
        NeededTensor[] needed, string prefix, string layers, TransformerArchitecture architecture, Dictionary<string, TensorEntry> tensors)
    {
        var names = needed.Select(tensor => prefix + tensor.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, tensor) in tensors)
        {
            if (name.StartsWith(prefix + layers, StringComparison.Ordinal)
                && int.TryParse(name[(prefix.Length + layers.Length)..].Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var layer)
                && layer < architecture.Layers
                && !names.Contains(name)
                && TensorTypes.IsComputable(tensor.Type)
                && !name.EndsWith(Computed, StringComparison.Ordinal))
            {
                throw BadModel.Foreign(
                    tensor.File, $"the tensor '{name}' is not understood: a {architecture.Name} model has none, by what config.json says.");
            }
        }
    }

    /// <summary>Each layer of those that share a tensor gets a name of its own.</summary>
    private static void AddParts(NeededTensor[] needed, string prefix, Dictionary<string, TensorEntry> tensors)
    {
        foreach (var (name, shape, parts) in needed.Where(tensor => tensor.Parts > 1))
        {
            var whole = tensors[prefix + name];
            for (var part = 0; part < parts; part++)
            {
                var length = whole.Length / parts;
                tensors[LinearName.OfPart(prefix + name, part, parts)] =
                    whole with { Shape = [shape[0] / parts, .. shape[1..]], Offset = whole.Offset + (part * length), Length = length };
            }
        }
    }
}
