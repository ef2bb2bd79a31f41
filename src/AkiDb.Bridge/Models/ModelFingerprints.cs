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
        string[] files = [model.TokenizerFile, .. model.Weights.Files];
        var digests = new byte[files.Length][];
        await Parallel.ForAsync(0, files.Length, cancellationToken, (index, token) =>
        {
            digests[index] = FileDigest.Compute(files[index], token);
            return ValueTask.CompletedTask;
        });

        var weights = Convert.ToHexStringLower(digests.Length == 2 ? digests[1] : SHA256.HashData([.. digests[1..].SelectMany(digest => digest)]));
        var text = Canonical(model, weights, Convert.ToHexStringLower(digests[0]));
        return new ModelFingerprint(weights, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..ValueDigits]);
    }

    /// <summary>
    /// Everything that can move a vector, one line each. Stored indexes are compared by it: a changed line makes every index look foreign.
    /// Whether vectors are normalised and which prompt they have are members of the embedding space, beside this.
    /// </summary>
    private static string Canonical(ModelDescription model, string weights, string tokenizer)
    {
        var common = model.Architecture;
        var text = new StringBuilder();
        Line("weights", weights);
        Line("tokenizer", tokenizer);
        Line("architecture", common.Name);
        Line("vocabulary", common.VocabularySize);
        Line("hidden", common.HiddenSize);
        Line("layers", common.Layers);
        Line("heads", common.Heads);
        Line("intermediate", common.IntermediateSize);
        Line("positions", common.MaxPositions);
        switch (common)
        {
            case BertArchitecture bert:
                Line("token_types", bert.TokenTypes);
                Line("layer_norm_epsilon", bert.LayerNormEpsilon);
                break;
            case Qwen3Architecture qwen:
                Line("key_value_heads", qwen.KeyValueHeads);
                Line("head_size", qwen.HeadSize);
                Line("rms_norm_epsilon", qwen.RmsNormEpsilon);
                Line("rope_theta", qwen.RopeTheta);
                break;
        }

        Line("pooling", model.Pooling.ToName());
        Line("max_tokens", model.MaxTokens);
        return text.ToString();

        void Line(string name, object value) => text.Append(CultureInfo.InvariantCulture, $"{name}={value}\n");
    }
}
