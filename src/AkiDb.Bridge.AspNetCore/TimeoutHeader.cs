using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>The header <c>X-Request-Timeout-Ms</c>: how long the caller, or a proxy before it, will wait.</summary>
internal static class TimeoutHeader
{
    private const string Name = "X-Request-Timeout-Ms";

    /// <summary>The request with the shorter of its own timeout and the header's.</summary>
    /// <exception cref="BridgeException">The header is no positive whole number (<see cref="BridgeErrorKind.BadInput"/>).</exception>
    public static EmbeddingRequest Apply(HttpRequest http, EmbeddingRequest request)
    {
        if (!http.Headers.TryGetValue(Name, out var values))
        {
            return request;
        }

        if (!int.TryParse(values.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) || milliseconds == 0)
        {
            throw new BridgeException(BridgeErrorKind.BadInput, $"The header {Name} must be a positive whole number of milliseconds.");
        }

        var timeout = TimeSpan.FromMilliseconds(milliseconds);
        return request.Timeout <= timeout ? request : request with { Timeout = timeout };
    }
}
