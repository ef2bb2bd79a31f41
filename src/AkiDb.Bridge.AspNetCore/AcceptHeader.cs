using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>The header <c>Accept</c>, with its weights (RFC 9110, 12.5.1). Who accepts neither format gets JSON.</summary>
internal static class AcceptHeader
{
    private static readonly StringSegment[] Json = ["application/json"];
    private static readonly StringSegment[] MessagePack = ["application/x-msgpack", "application/msgpack"];

    /// <summary>Whether the caller would rather have MessagePack than JSON; of equal weights, what is named wins over what is meant by a star.</summary>
    public static bool PrefersMessagePack(HttpRequest request)
    {
        if (request.Headers.Accept.Count == 0 || !MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted))
        {
            return false;
        }

        var (json, packed) = (WeightOf(Json, accepted), WeightOf(MessagePack, accepted));
        return packed.Weight > json.Weight || (packed.Weight == json.Weight && packed is { Weight: > 0, IsNamed: true });
    }

    private static (double Weight, bool IsNamed) WeightOf(StringSegment[] names, IList<MediaTypeHeaderValue> accepted)
    {
        var named = accepted.Where(type => names.Any(name => type.MediaType.Equals(name, StringComparison.OrdinalIgnoreCase))).ToList();
        if (named.Count > 0)
        {
            return (named.Max(Weight), true);
        }

        // What is more exact counts, whatever stands first.
        var range = accepted.Where(type => type.MatchesAllSubTypes && !type.MatchesAllTypes && type.Type.Equals("application", StringComparison.OrdinalIgnoreCase)).ToList();
        var any = range.Count > 0 ? range : accepted.Where(type => type.MatchesAllTypes).ToList();
        return (any.Count > 0 ? any.Max(Weight) : 0, false);
    }

    private static double Weight(MediaTypeHeaderValue type) => type.Quality ?? 1;
}
