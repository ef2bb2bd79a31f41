using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore.Tei;

/// <summary>The headers in which text-embeddings-inference says what a request took, in characters, tokens and milliseconds.</summary>
internal static class TeiHeaders
{
    public static void Set(HttpResponse response, long characters, EmbeddingResult result)
    {
        var headers = response.Headers;
        headers["x-compute-type"] = result.ServedBy;
        headers["x-compute-time"] = Milliseconds(result.Duration);
        headers["x-compute-characters"] = characters.ToString(CultureInfo.InvariantCulture);
        headers["x-compute-tokens"] = result.TotalTokens.ToString(CultureInfo.InvariantCulture);
        headers["x-total-time"] = Milliseconds(result.Duration);
        headers["x-tokenization-time"] = Milliseconds(result.Tokenizing);
        headers["x-inference-time"] = Milliseconds(result.Compute);

        // A batch that is shared with others counts in full: what was waited may be less than nothing by that sum.
        var waited = result.Duration - result.Tokenizing - result.Compute;
        headers["x-queue-time"] = Milliseconds(waited > TimeSpan.Zero ? waited : TimeSpan.Zero);
    }

    private static string Milliseconds(TimeSpan time) => ((long)time.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
}
