using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Protocol;

/// <summary>What a load request says of a model that our own encoders compute: its members in the order on the wire. What has its default is left out.</summary>
internal static class ModelMembers
{
    public static List<(string Name, object Value)> Of(TransformerModel model, SealedPaths files)
    {
        var architecture = model.Architecture;
        List<(string Name, object Value)> members =
        [
            ("architecture", architecture.Name),
            ("weights", files.Weights),
            ("prefix", model.Weights.Prefix),
            ("pooling", model.PoolingName),
            ("max_tokens", model.MaxTokens),
            ("vocabulary_size", architecture.VocabularySize),
            ("hidden_size", architecture.HiddenSize),
            ("layers", architecture.Layers),
            ("heads", architecture.Heads),
            ("intermediate_size", architecture.IntermediateSize),
            ("max_positions", architecture.MaxPositions),
        ];
        switch (architecture)
        {
            case EncoderArchitecture encoder:
                AddEncoder(members, encoder);
                break;
            case DecoderArchitecture decoder:
                AddDecoder(members, decoder);
                break;
        }

        AddUnless(members, architecture.RopeFactor == 1, "rope_factor", architecture.RopeFactor);
        AddUnless(members, architecture.LocalRopeTheta == 0, "local_rope_theta", architecture.LocalRopeTheta);
        AddScaling(members, "", architecture.Rotary, architecture.Attention.HeadSize);
        AddScaling(members, "local_", architecture.LocalRopeTheta > 0 ? architecture.LocalRotary : default, architecture.Attention.HeadSize);
        AddUnless(members, architecture.Windows.Count == 0, "windows", architecture.Windows);
        AddUnless(members, model.Modules.Count == 0, "modules", model.Modules.Select(module => Module(module, model, files)).ToList());
        AddUnless(members, model.PoolsPrompt, "pools_prompt", model.PoolsPrompt);
        return members;
    }

    public static List<(string Name, object Value)> Of(StaticModel model, SealedPaths files) =>
    [
        ("architecture", model.ArchitectureName),
        ("weights", files.Weights),
        ("max_tokens", model.MaxTokens),
        ("vocabulary_size", model.VocabularySize),
        ("hidden_size", model.Dimension),
        ("rows", (int)model.Table.Shape[0]),
        ("table", NameOf(model, model.Table)),
        ("mapping", NameOf(model, model.Mapping)),
        ("token_weights", NameOf(model, model.TokenWeights)),
    ];

    private static string NameOf(StaticModel model, TensorEntry? tensor) =>
        tensor is null ? "" : model.Weights.Tensors.First(pair => ReferenceEquals(pair.Value, tensor)).Key;

    private static void AddEncoder(List<(string Name, object Value)> members, EncoderArchitecture encoder)
    {
        members.Add(("token_types", encoder.TokenTypes));
        members.Add(("layer_norm_epsilon", encoder.LayerNormEpsilon));
        AddUnless(members, encoder.PaddingId is null, "padding_id", encoder.PaddingId ?? 0);
        AddUnless(members, encoder.RelativeBuckets == 0, "relative_buckets", encoder.RelativeBuckets);
        AddUnless(members, encoder.Activation == Activation.Gelu, "activation", encoder.Activation.ToName());
        AddUnless(members, encoder.Biases is null, "biases", encoder.Biases is { } biases ? Parts(biases) : []);
        AddUnless(members, encoder.RopeTheta == 0, "rope_theta", encoder.RopeTheta);
    }

    private static void AddDecoder(List<(string Name, object Value)> members, DecoderArchitecture decoder)
    {
        members.Add(("key_value_heads", decoder.KeyValueHeads));
        members.Add(("head_size", decoder.HeadSize));
        members.Add(("rms_norm_epsilon", decoder.RmsNormEpsilon));
        members.Add(("rope_theta", decoder.RopeTheta));
        AddUnless(members, decoder.Activation == Activation.Silu, "activation", decoder.Activation.ToName());
        AddUnless(members, !decoder.HasAttentionBias, "attention_bias", decoder.HasAttentionBias);
        AddUnless(members, decoder.IsCausal, "causal", decoder.IsCausal);
        AddUnless(members, decoder.ScoreScalar == 0, "score_scalar", decoder.ScoreScalar);
    }

    private static List<(string Name, object Value)> Module(VectorModule module, TransformerModel model, SealedPaths files)
    {
        List<(string Name, object Value)> members = [("type", module.Name), ("inputs", module.Inputs), ("outputs", module.Outputs)];
        if (module.File is { } file)
        {
            members.Add(("file", files.Weights[model.WeightFiles.ToList().IndexOf(file)]));
        }

        if (module is DenseModule dense)
        {
            members.Add(("bias", dense.HasBias));
            members.Add(("activation", dense.Activation.ToName()));
        }

        return members;
    }

    private static string[] Parts(EncoderBiases biases) =>
    [
        .. new[] { ("query", biases.Query), ("attention_output", biases.AttentionOutput), ("up", biases.Up), ("down", biases.Down), ("norm", biases.Norm) }
            .Where(part => part.Item2).Select(part => part.Item1),
    ];

    /// <summary>What a rule for longer texts makes of the frequencies: there are many rules, and the worker need not know them.</summary>
    private static void AddScaling(List<(string Name, object Value)> members, string prefix, RotaryPositions rotary, int headSize)
    {
        if (rotary.Scaling is not null)
        {
            members.Add(($"{prefix}rope_frequencies", rotary.Frequencies(headSize).Select(frequency => (object)(double)frequency)));
            members.Add(($"{prefix}rope_magnitude", rotary.Magnitude));
        }
    }

    private static void AddUnless(List<(string Name, object Value)> members, bool isDefault, string name, object value)
    {
        if (!isDefault)
        {
            members.Add((name, value));
        }
    }
}
