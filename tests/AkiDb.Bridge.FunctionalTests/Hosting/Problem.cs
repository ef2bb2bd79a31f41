using System.Net.Http.Json;
using System.Text.Json;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>An answer of type <c>application/problem+json</c>.</summary>
/// <param name="Status">The HTTP status, as the body says it.</param>
/// <param name="Code">The machine's word for it.</param>
/// <param name="Detail">The sentence for a person.</param>
/// <param name="Input">The index of the input it is about.</param>
/// <param name="RetryAfter">When to try again.</param>
internal sealed record Problem(int Status, string Code, string Detail, int? Input, TimeSpan? RetryAfter)
{
    /// <summary>Reads a problem; anything else fails the test.</summary>
    public static async Task<Problem> ReadAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.Content.Headers.ContentType?.MediaType == "application/problem+json", $"{(int)response.StatusCode} {response.Content.Headers.ContentType}: {text}");
        var body = await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        var status = body.GetProperty("status").GetInt32();
        Assert.Equal((int)response.StatusCode, status);
        return new Problem(
            status,
            body.GetProperty("code").GetString()!,
            body.GetProperty("detail").GetString()!,
            body.TryGetProperty("input", out var input) ? input.GetInt32() : null,
            response.Headers.RetryAfter?.Delta);
    }
}
