namespace AkiDb.Bridge.Models;

/// <summary>The tensors that an encoder's forward pass reads.</summary>
internal static class EncoderTensors
{
    public static IEnumerable<NeededTensor> Of(EncoderArchitecture encoder)
    {
        var layout = encoder.Layout;
        var biases = encoder.Biases ?? layout.Biases;
        long hidden = encoder.HiddenSize;
        yield return new($"{layout.Words}.weight", [encoder.VocabularySize, hidden]);
        if (layout.Positions is { } positions)
        {
            yield return new($"{positions}.weight", [encoder.MaxPositions, hidden]);
        }

        if (encoder.TokenTypes > 0)
        {
            yield return new($"{layout.TokenTypes}.weight", [encoder.TokenTypes, hidden]);
        }

        if (encoder.RelativeBuckets > 0)
        {
            yield return new(EncoderArchitecture.RelativeBias, [encoder.RelativeBuckets, encoder.Heads]);
        }

        var norms = new[] { layout.EmbeddingNorm, layout.FinalNorm }.OfType<string>();
        foreach (var tensor in norms.SelectMany(norm => NeededTensor.OfNorm(norm, hidden, biases.Norm)))
        {
            yield return tensor;
        }

        foreach (var tensor in Enumerable.Range(0, encoder.Layers).SelectMany(layer => OfLayer(encoder, layout, biases, layer)))
        {
            yield return tensor;
        }
    }

    private static IEnumerable<NeededTensor> OfLayer(EncoderArchitecture encoder, EncoderLayout layout, EncoderBiases biases, int layer)
    {
        long hidden = encoder.HiddenSize;
        long wide = encoder.IntermediateSize;
        var at = $"{layout.Layer}{layer}.";
        (LinearName? Name, long Outputs, long Inputs, bool HasBias)[] linear =
        [
            (layout.Query, hidden, hidden, biases.Query),
            (layout.Key, hidden, hidden, biases.Query),
            (layout.Value, hidden, hidden, biases.Query),
            (layout.AttentionOutput, hidden, hidden, biases.AttentionOutput),
            (layout.Up, wide, hidden, biases.Up),
            (layout.Gate, wide, hidden, biases.Up),
            (layout.Down, hidden, wide, biases.Down),
        ];
        foreach (var (name, outputs, inputs, hasBias) in linear)
        {
            foreach (var tensor in name is { } known ? NeededTensor.OfLinear(at, known, outputs, inputs, hasBias) : [])
            {
                yield return tensor;
            }
        }

        string?[] norms = [layout.FinalNorm is null || layout.NormalizesBefore(layer) ? layout.AttentionNorm : null, layout.OutputNorm];
        foreach (var tensor in norms.OfType<string>().SelectMany(norm => NeededTensor.OfNorm(at + norm, hidden, biases.Norm)))
        {
            yield return tensor;
        }
    }
}
