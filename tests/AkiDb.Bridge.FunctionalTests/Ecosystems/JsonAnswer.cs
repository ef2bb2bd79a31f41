using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests.Ecosystems;

/// <summary>An answer to a request that is sent as a client writes it.</summary>
/// <param name="Status">The status.</param>
/// <param name="ContentType">The content type, without what stands behind it.</param>
/// <param name="Headers">The headers' names, in lower case.</param>
/// <param name="Text">The body.</param>
internal sealed record JsonAnswer(int Status, string? ContentType, IReadOnlyDictionary<string, string> Headers, string Text)
{
    public JsonElement Json => JsonElement.Parse(Text);

    /// <summary>Sends a request.</summary>
    /// <param name="host">The host.</param>
    /// <param name="method">The method.</param>
    /// <param name="path">The path.</param>
    /// <param name="body">The body; null for none.</param>
    /// <param name="type">The body's content type; null for none.</param>
    /// <param name="headers">More headers.</param>
    public static async Task<JsonAnswer> AskAsync(
        BridgeHost host, string method, string path, string? body = null, string? type = "application/json", params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.Relative));
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await host.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return new JsonAnswer(
            (int)response.StatusCode,
            response.Content.Headers.ContentType?.MediaType,
            response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key.ToLowerInvariant(), header => string.Join(',', header.Value)),
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public static Task<JsonAnswer> PostAsync(BridgeHost host, string path, object body, params (string Name, string Value)[] headers) =>
        AskAsync(host, "POST", path, JsonSerializer.Serialize(body), "application/json", headers);

    /// <summary>The numbers of an array.</summary>
    public static float[] Vector(JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetSingle())];

    /// <summary>The little-endian floats of a base64 text.</summary>
    public static float[] Base64Vector(JsonElement text) =>
        System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(text.GetBytesFromBase64()).ToArray();
}
