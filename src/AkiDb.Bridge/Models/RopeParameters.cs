namespace AkiDb.Bridge.Models;

/// <summary>Reads rotary positions, as transformers 4 (members of their own, and <c>rope_scaling</c>) and 5 (<c>rope_parameters</c>) write them.</summary>
internal static class RopeParameters
{
    private const string Member = "rope_parameters";
    private const string Scaling = "rope_scaling";
    private const double DefaultFastTurns = 32;
    private const double DefaultSlowTurns = 1;

    private static readonly string[] OfAll = ["rope_theta", "rope_type", "type", "partial_rotary_factor"];

    /// <summary>The positions that all layers have; a base of null where the file says nothing.</summary>
    /// <param name="config">The file.</param>
    /// <param name="direct">The member of its own that has the base, such as <c>rope_theta</c>.</param>
    public static (double? Theta, RopeScaling? Scaling) Read(JsonMembers config, string direct)
    {
        if (!config.HasContent(Scaling))
        {
            return config.Object(Member) is { } parameters ? In(parameters, config, direct) : (config.OptionalPositive(direct), null);
        }

        config.ExpectNothing(Member);
        return In(config.Object(Scaling)!.Value, config, direct);
    }

    /// <summary>The base that all layers have, where the family has no rule for longer texts; null where the file says nothing.</summary>
    /// <inheritdoc cref="Read" path="/param"/>
    public static double? Theta(JsonMembers config, string direct)
    {
        config.ExpectNothing(Scaling);
        var (theta, scaling) = Read(config, direct);
        return scaling is null ? theta : throw config.Object(Member)!.Value.Wrong("rope_type", "\"default\"");
    }

    /// <summary>The positions of those layers that are of a kind, where each kind may have its own; a base of null where the file says nothing.</summary>
    /// <param name="config">The file.</param>
    /// <param name="kind">The kind, such as <c>sliding_attention</c>.</param>
    /// <param name="direct">The member of its own that has the base, such as <c>local_rope_theta</c>.</param>
    public static (double? Theta, RopeScaling? Scaling) ReadKind(JsonMembers config, string kind, string direct)
    {
        if (config.Object(Member) is not { } kinds)
        {
            return (config.OptionalPositive(direct), null);
        }

        config.ExpectNothing(Scaling);
        kinds.ExpectOnly("full_attention", "sliding_attention");
        if (kinds.Object(kind) is not { } parameters)
        {
            return (config.OptionalPositive(direct), null);
        }

        // Here the library looks for it in another place, and finds nothing.
        parameters.Expect("truncate", true);
        return In(parameters, config, direct);
    }

    private static (double? Theta, RopeScaling? Scaling) In(JsonMembers parameters, JsonMembers config, string direct)
    {
        var stated = config.OptionalPositive(direct);
        var theta = parameters.OptionalPositive("rope_theta") ?? stated;
        if (stated is not null && stated != theta)
        {
            throw config.Wrong(direct, $"what '{parameters.Path}rope_theta' says, {theta}");
        }

        if (parameters.OptionalPositive("partial_rotary_factor") is { } part && part != 1)
        {
            throw parameters.Wrong("partial_rotary_factor", "1, or absent");
        }

        var type = parameters.Text("rope_type") ?? parameters.Text("type") ?? "default";
        parameters.Expect("type", type);
        return (theta, type switch
        {
            "default" => None(parameters),
            "linear" => Linear(parameters),
            "yarn" => Yarn(parameters, config),
            _ => throw parameters.Wrong(parameters.Has("rope_type") ? "rope_type" : "type", "\"default\", \"linear\" or \"yarn\""),
        });
    }

    private static RopeScaling? None(JsonMembers parameters)
    {
        parameters.ExpectOnly([.. OfAll, "truncate"]);
        return null;
    }

    private static LinearRopeScaling Linear(JsonMembers parameters)
    {
        parameters.ExpectOnly([.. OfAll, "factor", "truncate"]);
        return new(parameters.Positive("factor"));
    }

    private static YarnRopeScaling Yarn(JsonMembers parameters, JsonMembers config)
    {
        const string positions = "original_max_position_embeddings";
        parameters.ExpectOnly([.. OfAll, "factor", positions, "attention_factor", "beta_fast", "beta_slow", "mscale", "mscale_all_dim", "truncate"]);
        config.ExpectNothing(positions);
        config.ExpectNothing("partial_rotary_factor");
        var factor = parameters.Positive("factor");
        var (numerator, denominator) = (parameters.OptionalPositive("mscale"), parameters.OptionalPositive("mscale_all_dim"));
        return new(
            factor,
            parameters.OptionalCount(positions) ?? config.Count("max_position_embeddings"),
            parameters.OptionalPositive("beta_fast") ?? DefaultFastTurns,
            parameters.OptionalPositive("beta_slow") ?? DefaultSlowTurns,
            parameters.Flag("truncate") ?? true,
            parameters.OptionalPositive("attention_factor")
                ?? (numerator is { } above && denominator is { } below ? Magnitude(factor, above) / Magnitude(factor, below) : Magnitude(factor, 1)));
    }

    /// <summary>What YaRN's authors found best for texts that are so much longer.</summary>
    private static double Magnitude(double factor, double scale) => factor <= 1 ? 1 : (0.1 * scale * Math.Log(factor)) + 1;
}
