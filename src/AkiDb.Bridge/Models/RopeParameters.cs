namespace AkiDb.Bridge.Models;

/// <summary>Reads the base of rotary positions, as transformers 4 (a member of its own) and 5 (<c>rope_parameters</c>) write it.</summary>
internal static class RopeParameters
{
    private const string Member = "rope_parameters";

    /// <summary>The base that all layers have; null where the file says nothing.</summary>
    /// <param name="config">The file.</param>
    /// <param name="direct">The member of its own, such as <c>rope_theta</c>.</param>
    public static double? Theta(JsonMembers config, string direct)
    {
        config.ExpectNothing("rope_scaling");
        return config.Object(Member) is { } parameters ? ThetaIn(parameters, config, direct) : config.OptionalPositive(direct);
    }

    /// <summary>The base of those layers that are of a kind, where each kind may have its own; null where the file says nothing.</summary>
    /// <param name="config">The file.</param>
    /// <param name="kind">The kind, such as <c>sliding_attention</c>.</param>
    /// <param name="direct">The member of its own, such as <c>local_rope_theta</c>.</param>
    public static double? ThetaOf(JsonMembers config, string kind, string direct)
    {
        config.ExpectNothing("rope_scaling");
        if (config.Object(Member) is not { } kinds)
        {
            return config.OptionalPositive(direct);
        }

        kinds.ExpectOnly("full_attention", "sliding_attention");
        return kinds.Object(kind) is { } parameters ? ThetaIn(parameters, config, direct) : config.OptionalPositive(direct);
    }

    private static double? ThetaIn(JsonMembers parameters, JsonMembers config, string direct)
    {
        parameters.ExpectOnly("rope_theta", "rope_type");
        parameters.Expect("rope_type", "default");
        var stated = config.OptionalPositive(direct);
        var theta = parameters.OptionalPositive("rope_theta") ?? stated;
        return stated is null || stated == theta ? theta : throw config.Wrong(direct, $"what '{parameters.Path}rope_theta' says, {theta}");
    }
}
