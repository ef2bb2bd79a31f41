using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore.Telemetry;

/// <summary>The header <c>traceresponse</c> (W3C Trace Context, level 2): which trace the request is part of, as the host writes it to its log.</summary>
internal static class TraceResponse
{
    private const string Name = "traceresponse";

    public static void Set(HttpContext context)
    {
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity)
        {
            context.Response.Headers[Name] = activity.Id;
        }
    }
}
