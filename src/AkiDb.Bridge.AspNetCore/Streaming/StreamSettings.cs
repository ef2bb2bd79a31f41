using System.Globalization;
using AkiDb.Bridge.Configuration;
using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Requests;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AkiDb.Bridge.AspNetCore.Streaming;

/// <summary>What all lines of a stream have in common: the members of <c>POST /api/v1/embed</c>, in the query.</summary>
/// <param name="Request">The request of each batch, but for its texts.</param>
/// <param name="InBase64">Whether vectors are written as base64.</param>
internal sealed record StreamSettings(EmbeddingRequest Request, bool InBase64)
{
    private const string Known = "model, normalize, pooling, dimensions, prompt, prompt_name, truncate, fallback, encoding_format, timeout, space";

    /// <exception cref="BridgeException">Something in the query is not understood (<see cref="BridgeErrorKind.BadInput"/>).</exception>
    public static StreamSettings Read(HttpRequest http)
    {
        var settings = new StreamSettings(new EmbeddingRequest { Inputs = [], Priority = EmbeddingPriority.Bulk }, InBase64: false);
        foreach (var (name, values) in http.Query)
        {
            settings = settings.With(name, Single(name, values));
        }

        return settings with { Request = SpaceHeader.Apply(http, TimeoutHeader.Apply(http, settings.Request)) };
    }

    private StreamSettings With(string name, string value) => name switch
    {
        "model" => this with { Request = Request with { Model = value } },
        "normalize" => this with { Request = Request with { Normalize = Flag(name, value) } },
        "pooling" => this with { Request = Request with { Pooling = value } },
        "dimensions" => this with { Request = Request with { Dimensions = Whole(name, value) } },
        "prompt" => this with { Request = Request with { Prompt = value } },
        "prompt_name" => this with { Request = Request with { PromptName = value } },
        "truncate" => this with { Request = Request with { Truncate = Flag(name, value) } },
        "fallback" => this with { Request = Request with { Fallback = Choice(name, value, [("same-space", FallbackPolicy.SameSpace), ("any", FallbackPolicy.Any), ("off", FallbackPolicy.Off)]) } },
        "encoding_format" => this with { InBase64 = Choice(name, value, [("float", false), ("base64", true)]) },
        "timeout" => this with { Request = Request with { Timeout = Time(name, value) } },
        "space" => this with { Request = Request with { Space = value } },
        _ => throw JsonMembers.Bad($"'{ForeignText.Shorten(name)}' is not known in the query of this route. Known are: {Known}."),
    };

    private static string Single(string name, StringValues values) =>
        values.Count == 1 ? values.ToString() : throw JsonMembers.Bad($"'{ForeignText.Shorten(name)}' appears {values.Count} times in the query.");

    private static bool Flag(string name, string value) => value switch
    {
        "true" => true,
        "false" => false,
        _ => throw JsonMembers.BadMember(name, $"'{name}' is '{ForeignText.Shorten(value)}'; it must be true or false."),
    };

    private static int Whole(string name, string value) => int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw JsonMembers.BadMember(name, $"'{name}' is '{ForeignText.Shorten(value)}'; it must be a whole number.");

    private static TimeSpan Time(string name, string value) => Duration.TryParse(value, out var duration) && duration > TimeSpan.Zero && duration <= RequestValidator.LongestTimeout
        ? duration
        : throw JsonMembers.BadMember(name, $"'{name}' is '{ForeignText.Shorten(value)}'; it must be a duration such as 5s or 250ms, at most 24 hours.");

    private static T Choice<T>(string name, string value, (string Name, T Value)[] choices)
    {
        foreach (var choice in choices)
        {
            if (choice.Name == value)
            {
                return choice.Value;
            }
        }

        throw JsonMembers.BadMember(name, $"'{name}' is '{ForeignText.Shorten(value)}'; it must be one of {string.Join(", ", choices.Select(choice => choice.Name))}.");
    }
}
