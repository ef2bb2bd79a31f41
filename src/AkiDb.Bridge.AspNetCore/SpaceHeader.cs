using System.Text;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>The header <c>X-Embedding-Space</c>: in a request the space that its caller's index was built in, in an answer the one that its vectors are in.</summary>
internal static class SpaceHeader
{
    public const string Name = "X-Embedding-Space";

    /// <summary>What a request demands by its header; null for nothing.</summary>
    public static string? Of(HttpRequest request) =>
        request.Headers.TryGetValue(Name, out var values) && values.ToString() is { Length: > 0 } value ? Uri.UnescapeDataString(value) : null;

    /// <summary>The request with what its header demands.</summary>
    /// <exception cref="BridgeException">Header and body demand different spaces (<see cref="BridgeErrorKind.BadInput"/>).</exception>
    public static EmbeddingRequest Apply(HttpRequest http, EmbeddingRequest request) => Apply(Of(http), request);

    /// <summary>The request with what its header demands.</summary>
    /// <param name="header">The header; null for none.</param>
    /// <param name="request">The request.</param>
    /// <exception cref="BridgeException">Header and body demand different spaces (<see cref="BridgeErrorKind.BadInput"/>).</exception>
    public static EmbeddingRequest Apply(string? header, EmbeddingRequest request) => (header, request.Space) switch
    {
        (null, _) => request,
        ({ } demanded, { } body) when demanded != body =>
            throw JsonMembers.BadMember("space", $"The header {Name} and the member 'space' demand different spaces. Send one of them."),
        ({ } demanded, _) => request with { Space = demanded },
    };

    public static void Set(HttpResponse response, EmbeddingSpace space) => response.Headers[Name] = Encode(space.ToString());

    /// <summary>What a header cannot hold is percent-encoded, and so is the percent sign.</summary>
    public static string Encode(string space)
    {
        if (!space.Contains('%') && !space.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            return space;
        }

        var encoded = new StringBuilder(space.Length);
        foreach (var rune in space.EnumerateRunes())
        {
            if (rune.IsAscii && rune.Value is >= ' ' and < 0x7F and not '%')
            {
                encoded.Append((char)rune.Value);
            }
            else
            {
                encoded.Append(Uri.EscapeDataString(rune.ToString()));
            }
        }

        return encoded.ToString();
    }
}
