using System.Globalization;
using System.Text.Json;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>What <see cref="EmbedRequestReader"/> reads, for whoever sends it: in JSON over HTTP, in MessagePack through a queue.</summary>
internal static class EmbedRequestMembers
{
    /// <summary>A request's members, always in the same order; what it leaves open is left out.</summary>
    public static List<(string Name, object Value)> Of(EmbeddingRequest request)
    {
        // Only who sends the request knows that it will not look at the answer's model.
        var fallback = request is { HidesModel: true, Fallback: null or FallbackPolicy.Any } ? FallbackPolicy.SameSpace : request.Fallback;
        (string Name, object? Value)[] members =
        [
            ("model", request.Model),
            ("space", request.Space),
            ("normalize", request.Normalize),
            ("pooling", request.Pooling),
            ("dimensions", request.Dimensions),
            ("prompt", request.Prompt),
            ("prompt_name", request.PromptName),
            ("truncate", request.Truncate ? null : false),
            ("fallback", NameOf(fallback)),
            ("priority", NameOf(request.Priority)),
            ("timeout", request.Timeout is { } timeout ? string.Create(CultureInfo.InvariantCulture, $"{timeout.TotalMilliseconds:F0}ms") : null),
            ("inputs", request.Inputs),
        ];
        return [.. members.Where(member => member.Value is not null).Select(member => (member.Name, member.Value!))];
    }

    private static string? NameOf<T>(T? choice)
        where T : struct, Enum => choice is { } one ? JsonNamingPolicy.KebabCaseLower.ConvertName(one.ToString()) : null;
}
