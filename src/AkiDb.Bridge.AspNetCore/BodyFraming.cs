using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>Whether every server sees a body's end in the same place (RFC 9112, section 6.1): what a proxy sees as a part of it must not be another request here.</summary>
internal static class BodyFraming
{
    private const string Chunked = "chunked";

    /// <exception cref="ProblemException">It is not certain where the body ends (400); the connection ends too.</exception>
    public static void Expect(HttpRequest request)
    {
        // Also a body that is chunked twice, or compressed on its way, would be read as if it were chunked once.
        var codings = request.Headers.TransferEncoding;
        if (codings.Count > 0 && (codings.Count > 1 || !Chunked.Equals(codings[0], StringComparison.OrdinalIgnoreCase) || HttpProtocol.IsHttp10(request.Protocol)))
        {
            throw new ProblemException(new Problem(
                StatusCodes.Status400BadRequest, ProblemCodes.BadRequest, "The only Transfer-Encoding is 'chunked', once, in HTTP/1.1. Send the body so, or with a Content-Length.")
            {
                Closes = true,
            });
        }
    }
}
