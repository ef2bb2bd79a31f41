using AkiDb.Bridge.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>What a request says its body is.</summary>
internal static class RequestContent
{
    /// <summary>Checks that the body is JSON as it is: in UTF-8, and not compressed.</summary>
    /// <exception cref="ProblemException">It is something else (415).</exception>
    public static void ExpectJson(HttpRequest request)
    {
        if (request.ContentType is not { Length: > 0 } type)
        {
            throw Unsupported("The request has no Content-Type; send application/json.");
        }

        if (!request.HasJsonContentType())
        {
            throw Unsupported($"The content type is '{ForeignText.Shorten(type)}'; send application/json.");
        }

        ExpectUtf8(MediaTypeHeaderValue.Parse(type));
        ExpectPlainBody(request);
    }

    /// <summary>Checks that a type of JSON names no other encoding: its letters would be read as others.</summary>
    /// <exception cref="ProblemException">It does (415).</exception>
    public static void ExpectUtf8(MediaTypeHeaderValue type)
    {
        if (type.Charset is { Length: > 0 } charset && !IsUtf8(HeaderUtilities.RemoveQuotes(charset).ToString()))
        {
            throw Unsupported($"The content type's charset is '{ForeignText.Shorten(charset.ToString())}'; JSON is sent in UTF-8.");
        }
    }

    /// <summary>Checks only that the body is not compressed: for those who send JSON under any name.</summary>
    /// <exception cref="ProblemException">It is (415).</exception>
    public static void ExpectPlainBody(HttpRequest request)
    {
        var coding = request.Headers.ContentEncoding.ToString();
        if (coding.Length > 0 && !coding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            request.HttpContext.Response.Headers.AcceptEncoding = "identity";
            throw Unsupported($"The body is compressed with '{ForeignText.Shorten(coding)}' (Content-Encoding); send it as it is.");
        }
    }

    private static bool IsUtf8(string charset) =>
        charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || charset.Equals("utf8", StringComparison.OrdinalIgnoreCase)
        || charset.Equals("us-ascii", StringComparison.OrdinalIgnoreCase);

    private static ProblemException Unsupported(string detail) =>
        new(new Problem(StatusCodes.Status415UnsupportedMediaType, ProblemCodes.UnsupportedMediaType, detail));
}
