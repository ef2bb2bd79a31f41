using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace AkiDb.Bridge.Models;

/// <summary>Computes what tells two models apart even when they have the same name.</summary>
internal static class ModelFingerprints
{
    private const int ValueDigits = 16;

    public static async Task<ModelFingerprint> ComputeAsync(ModelDescription model, CancellationToken cancellationToken)
    {
        var weights = new byte[model.WeightFiles.Count][];
        await Parallel.ForAsync(0, weights.Length, cancellationToken, (index, token) =>
        {
            weights[index] = model.Content[model.WeightFiles[index]].Digest(token);
            return ValueTask.CompletedTask;
        }).ConfigureAwait(false);
        model.CheckWeights(cancellationToken);
        var all = Convert.ToHexStringLower(weights.Length == 1 ? weights[0] : SHA256.HashData([.. weights.SelectMany(digest => digest)]));
        var text = model switch
        {
            TransformerModel transformer => Canonical(transformer, all),
            StaticModel table => Canonical(table, all),
            LibraryModel library => Canonical(library, cancellationToken),
            _ => throw new ArgumentException($"No fingerprint is known for {model.GetType().Name}.", nameof(model)),
        };
        return new ModelFingerprint(all, ValueOf(text));
    }

    /// <summary>That of a model whose tokeniser is not as <c>tokenizer.json</c> says.</summary>
    /// <param name="ofFiles">What its files have without these changes.</param>
    /// <param name="tokenizerChanges">What another file changes; empty for nothing.</param>
    public static ModelFingerprint WithChanges(ModelFingerprint ofFiles, string tokenizerChanges) =>
        tokenizerChanges.Length == 0 ? ofFiles : ofFiles with { Value = ValueOf($"{ofFiles.Value}\ntokenizer_changes={tokenizerChanges}\n") };

    private static string ValueOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..ValueDigits];

    /// <summary>What the library makes of a folder may depend on any of its files.</summary>
    private static string Canonical(LibraryModel model, CancellationToken cancellationToken) => string.Concat(
        model.Files.Select(file => $"{file.Name}={file.Sha256 ?? Convert.ToHexStringLower(model.Content[file.Path].Digest(cancellationToken))}\n"));

    private static string Canonical(StaticModel model, string weights) => string.Create(
        CultureInfo.InvariantCulture,
        $"weights={weights}\ntokenizer={model.TokenizerSha256}\narchitecture=static\nas_model2vec={model.AsModel2Vec}\nmax_tokens={model.MaxTokens}\n");

    /// <summary>
    /// Everything that can move a vector, one line each. Stored indexes are compared by it: a changed line makes every index look foreign.
    /// Whether vectors are normalised and which prompt they have are members of the embedding space, beside this.
    /// </summary>
    private static string Canonical(TransformerModel model, string weights)
    {
        var common = model.Architecture;
        var text = new StringBuilder();
        Line("weights", weights);
        Line("tokenizer", model.TokenizerSha256);
        Line("architecture", common.Name);
        Line("vocabulary", common.VocabularySize);
        Line("hidden", common.HiddenSize);
        Line("layers", common.Layers);
        Line("heads", common.Heads);
        Line("intermediate", common.IntermediateSize);
        Line("positions", common.MaxPositions);
        switch (common)
        {
            case EncoderArchitecture encoder:
                Line("token_types", encoder.TokenTypes);
                Line("layer_norm_epsilon", encoder.LayerNormEpsilon);
                LineUnless(encoder.PaddingId is null, "padding", encoder.PaddingId);
                LineUnless(encoder.RelativeBuckets == 0, "relative_buckets", encoder.RelativeBuckets);
                LineUnless(encoder.Activation == Activation.Gelu, "activation", encoder.Activation.ToName());
                LineUnless(encoder.Biases is null, "biases", encoder.Biases);
                LineUnless(encoder.RopeTheta == 0, "rope_theta", encoder.RopeTheta);
                break;
            case DecoderArchitecture decoder:
                Line("key_value_heads", decoder.KeyValueHeads);
                Line("head_size", decoder.HeadSize);
                Line("rms_norm_epsilon", decoder.RmsNormEpsilon);
                Line("rope_theta", decoder.RopeTheta);
                LineUnless(decoder.Activation == Activation.Silu, "activation", decoder.Activation.ToName());
                LineUnless(!decoder.HasAttentionBias, "attention_bias", decoder.HasAttentionBias);
                LineUnless(decoder.IsCausal, "causal", decoder.IsCausal);
                LineUnless(decoder.ScoreScalar == 0, "score_scalar", decoder.ScoreScalar);
                break;
        }

        LineUnless(common.RopeFactor == 1, "rope_factor", common.RopeFactor);
        LineUnless(common.RopeScaling is null, "rope_scaling", common.RopeScaling?.Name);
        LineUnless(common.LocalRopeTheta == 0, "local_rope_theta", common.LocalRopeTheta);
        LineUnless(common.LocalRopeScaling is null, "local_rope_scaling", common.LocalRopeScaling?.Name);
        LineUnless(common.Windows.Count == 0, "windows", string.Join(',', common.Windows));
        Line("pooling", model.PoolingName);
        foreach (var module in model.Modules)
        {
            Line("module", $"{module.Name},{module.Inputs},{module.Outputs}{(module is DenseModule dense ? $",{dense.HasBias},{dense.Activation.ToName()}" : "")}");
        }

        Line("max_tokens", model.MaxTokens);
        return text.ToString();

        void Line(string name, object? value) => text.Append(CultureInfo.InvariantCulture, $"{name}={value}\n");

        // Newer numbers stand only where they matter, so that the fingerprints of models from before stay what they were.
        void LineUnless(bool isDefault, string name, object? value)
        {
            if (!isDefault)
            {
                Line(name, value);
            }
        }
    }
}
