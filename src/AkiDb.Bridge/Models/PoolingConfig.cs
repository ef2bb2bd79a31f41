using System.Text.Json;

namespace AkiDb.Bridge.Models;

/// <summary>Reads the pooling's <c>config.json</c>: one pooling or several side by side, over vectors as wide as the transformer's.</summary>
/// <param name="Poolings">The poolings, in the order in which what they give stands in a vector; at least one.</param>
/// <param name="IncludesPrompt">Whether the prompt's tokens are pooled too.</param>
internal sealed record PoolingConfig(IReadOnlyList<Pooling> Poolings, bool IncludesPrompt)
{
    private const string SomeOfSix = "one or several of \"cls\", \"mean\", \"max\", \"mean_sqrt_len_tokens\", \"weightedmean\", \"lasttoken\"";

    /// <summary>How older versions write which poolings are meant, in the order in which these stand.</summary>
    public static readonly (string Member, Pooling Pooling)[] Flags =
    [
        ("pooling_mode_cls_token", Pooling.Cls),
        ("pooling_mode_max_tokens", Pooling.Max),
        ("pooling_mode_mean_tokens", Pooling.Mean),
        ("pooling_mode_mean_sqrt_len_tokens", Pooling.MeanSqrtLength),
        ("pooling_mode_weightedmean_tokens", Pooling.WeightedMean),
        ("pooling_mode_lasttoken", Pooling.LastToken),
    ];

    private static readonly string[] Known =
        ["embedding_dimension", "word_embedding_dimension", "pooling_mode", "include_prompt", .. Flags.Select(flag => flag.Member)];

    public static PoolingConfig Read(string file, int hiddenSize)
    {
        var config = JsonFile.ReadObject(file);
        config.ExpectOnly(Known);
        CheckDimension(config, "word_embedding_dimension", hiddenSize);
        CheckDimension(config, "embedding_dimension", hiddenSize);
        var poolings = config.Has("pooling_mode") ? FromMode(config) : FromFlags(config);
        return new PoolingConfig(poolings, config.Flag("include_prompt") ?? true);
    }

    private static void CheckDimension(JsonMembers config, string member, int hiddenSize)
    {
        if (config.OptionalCount(member) is { } dimension && dimension != hiddenSize)
        {
            throw config.Wrong(member, $"the hidden_size of config.json, {hiddenSize}");
        }
    }

    private static Pooling[] FromMode(JsonMembers config)
    {
        JsonElement[] modes = config.Find("pooling_mode") switch
        {
            { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray()],
            var mode => [mode!.Value],
        };
        Pooling?[] poolings = [.. modes.Select(mode => mode.ValueKind == JsonValueKind.String ? PoolingNames.Parse(mode.GetString()!) : null)];
        return poolings.Length > 0 && !poolings.Contains(null) && Array.TrueForAll(Flagged(config), pooling => poolings.Contains(pooling))
            ? [.. poolings.OfType<Pooling>()]
            : throw config.Wrong("pooling_mode", $"{SomeOfSix}, not contradicted by the older flags");
    }

    private static Pooling[] FromFlags(JsonMembers config) => Flagged(config) is { Length: > 0 } poolings
        ? poolings
        : throw BadModel.In(
            config.File,
            $"no pooling is chosen; accepted is a true flag, such as 'pooling_mode_mean_tokens', or 'pooling_mode' as {SomeOfSix}.");

    private static Pooling[] Flagged(JsonMembers config) => [.. Flags.Where(flag => config.Flag(flag.Member) ?? false).Select(flag => flag.Pooling)];
}
