using System.Globalization;
using System.Text.Json;
using AkiDb.Bridge.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>What refusals have in common, whatever shape their ecosystem gives them.</summary>
internal static class ProblemHeaders
{
    /// <summary>When to try again, in seconds and, for clients that read that, in milliseconds; whether a key would help, and whether the connection ends.</summary>
    public static void Set(HttpContext context, Problem problem)
    {
        var headers = context.Response.Headers;
        if (problem.RetryAfter is { } delay)
        {
            headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(delay.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            headers["retry-after-ms"] = Math.Max(1, (long)Math.Ceiling(delay.TotalMilliseconds)).ToString(CultureInfo.InvariantCulture);
        }

        if (problem.Spaces is { } spaces)
        {
            headers[SpaceHeader.Name] = SpaceHeader.Encode(spaces.Served);
        }

        if (problem.NeedsKey)
        {
            headers.WWWAuthenticate = "Bearer";
        }

        if (problem.Closes)
        {
            headers.Connection = "close";
        }
    }

    /// <summary>The sentence as the caller may read it. Whatever a request named in it, it stays a sentence.</summary>
    public static string Sentence(HttpContext context, Problem problem) => CallerView.Of(context).Show(ForeignText.Cut(problem.Detail, ProblemWriter.LongestDetail));

    /// <summary>Both spaces of a mismatch, as members.</summary>
    public static void WriteSpaces(Utf8JsonWriter writer, SpaceMismatch spaces)
    {
        writer.WriteString("demanded_space", spaces.Demanded);
        writer.WriteString("space", spaces.Served);
    }
}
