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
        var weights = await DigestsAsync(model.WeightFiles, cancellationToken).ConfigureAwait(false);
        var all = Convert.ToHexStringLower(weights.Length == 1 ? weights[0] : SHA256.HashData([.. weights.SelectMany(digest => digest)]));
        var text = model switch
        {
            TransformerModel transformer => Canonical(transformer, all, Convert.ToHexStringLower(FileDigest.Compute(transformer.TokenizerFile, cancellationToken))),
            LibraryModel library => await CanonicalAsync(library, cancellationToken).ConfigureAwait(false),
            _ => throw new ArgumentException($"No fingerprint is known for {model.GetType().Name}.", nameof(model)),
        };
        return new ModelFingerprint(all, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..ValueDigits]);
    }

    private static async Task<byte[][]> DigestsAsync(IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        var digests = new byte[files.Count][];
        await Parallel.ForAsync(0, files.Count, cancellationToken, (index, token) =>
        {
            digests[index] = FileDigest.Compute(files[index], token);
            return ValueTask.CompletedTask;
        }).ConfigureAwait(false);
        return digests;
    }

    /// <summary>What the library makes of a folder may depend on any of its files.</summary>
    private static async Task<string> CanonicalAsync(LibraryModel model, CancellationToken cancellationToken)
    {
        var digests = await DigestsAsync([.. model.Files.Select(file => Path.Combine(model.Folder, file))], cancellationToken).ConfigureAwait(false);
        return string.Concat(model.Files.Zip(digests, (file, digest) => $"{file}={Convert.ToHexStringLower(digest)}\n"));
    }

    /// <summary>
    /// Everything that can move a vector, one line each. Stored indexes are compared by it: a changed line makes every index look foreign.
    /// Whether vectors are normalised and which prompt they have are members of the embedding space, beside this.
    /// </summary>
    private static string Canonical(TransformerModel model, string weights, string tokenizer)
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
