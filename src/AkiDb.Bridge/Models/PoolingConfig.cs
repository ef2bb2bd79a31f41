using System.Text.Json;

namespace AkiDb.Bridge.Models;

/// <summary>Reads the pooling's <c>config.json</c>: one pooling, over vectors as wide as the transformer's, prompt included.</summary>
/// <param name="Pooling">The pooling.</param>
/// <param name="IncludesPrompt">Whether the prompt's tokens are pooled too.</param>
internal sealed record PoolingConfig(Pooling Pooling, bool IncludesPrompt)
{
    private const string OneOfSix = "one of \"cls\", \"mean\", \"max\", \"mean_sqrt_len_tokens\", \"weightedmean\", \"lasttoken\"";

    /// <summary>How older versions write which pooling is meant.</summary>
    public static readonly (string Member, Pooling Pooling)[] Flags =
    [
        ("pooling_mode_cls_token", Pooling.Cls),
        ("pooling_mode_mean_tokens", Pooling.Mean),
        ("pooling_mode_max_tokens", Pooling.Max),
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
        var pooling = config.Has("pooling_mode") ? FromMode(config) : FromFlags(config);
        return new PoolingConfig(pooling, config.Flag("include_prompt") ?? true);
    }

    private static void CheckDimension(JsonMembers config, string member, int hiddenSize)
    {
        if (config.OptionalCount(member) is { } dimension && dimension != hiddenSize)
        {
            throw config.Wrong(member, $"the hidden_size of config.json, {hiddenSize}");
        }
    }

    private static Pooling FromMode(JsonMembers config)
    {
        var mode = config.Find("pooling_mode");
        if (mode is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() == 1)
        {
            mode = list[0];
        }

        var pooling = mode is { ValueKind: JsonValueKind.String } name ? PoolingNames.Parse(name.GetString()!) : null;
        var flagged = Flags.Where(flag => config.Flag(flag.Member) ?? false).Select(flag => flag.Pooling).ToArray();
        return pooling is { } one && flagged.All(other => other == one)
            ? one
            : throw config.Wrong("pooling_mode", $"{OneOfSix}, not contradicted by the older flags");
    }

    private static Pooling FromFlags(JsonMembers config)
    {
        var chosen = Flags.Where(flag => config.Flag(flag.Member) ?? false).ToArray();
        return chosen.Length switch
        {
            1 => chosen[0].Pooling,
            0 => throw BadModel.In(
                config.File,
                $"no pooling is chosen; accepted is one true flag, such as 'pooling_mode_mean_tokens', or 'pooling_mode' as {OneOfSix}."),
            _ => throw BadModel.Foreign(
                config.File,
                $"{string.Join(" and ", chosen.Select(flag => $"'{flag.Member}'"))} are true: several poolings side by side are not understood; "
                + "accepted is exactly one true flag."),
        };
    }
}
