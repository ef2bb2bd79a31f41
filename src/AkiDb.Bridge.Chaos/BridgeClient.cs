using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace AkiDb.Bridge.Chaos;

/// <summary>The bridge under test, over HTTP. Nothing is tried twice: what fails has failed.</summary>
internal sealed class BridgeClient : IDisposable
{
    // The bridge itself answers when the time is over; who waits for that needs a little more.
    private static readonly TimeSpan AnswerGrace = TimeSpan.FromSeconds(5);

    private readonly HttpClient http;
    private readonly string? fallback;

    /// <param name="address">Where it answers.</param>
    /// <param name="timeout">How long an answer may take.</param>
    /// <param name="fallback">The requests' fallback policy; null for the bridge's own.</param>
    /// <param name="key">The key that it asks for; null for none.</param>
    public BridgeClient(Uri address, TimeSpan timeout, string? fallback, string? key = null)
    {
        this.fallback = fallback;

        // It is measured alone: whatever proxy the environment names, it is not in between.
        http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address, Timeout = timeout + AnswerGrace };
        http.DefaultRequestHeaders.Add("X-Request-Timeout-Ms", $"{timeout.TotalMilliseconds:F0}");
        http.DefaultRequestHeaders.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
    }

    /// <exception cref="ChaosRefusedException">There is no such bridge.</exception>
    public async Task<BridgeStatus> StatusAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri("/api/v1/status", UriKind.Relative), cancellationToken);
            answer.EnsureSuccessStatusCode();
            return BridgeStatus.Parse(JsonElement.Parse(await answer.Content.ReadAsByteArrayAsync(cancellationToken)));
        }
        catch (HttpRequestException error) when (error.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            throw new ChaosRefusedException($"The bridge at {http.BaseAddress} asks for a key with the scopes embed and admin. Name a file that holds one with --key-file.");
        }
        catch (Exception error) when (error is HttpRequestException or IOException || (error is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new ChaosRefusedException($"No bridge answers at {http.BaseAddress} ({error.Message.TrimEnd('.')}). Name another with --url.");
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new ChaosRefusedException($"What answers at {http.BaseAddress} is no bridge that says how its workers are ({error.Message.TrimEnd('.')}). Name another with --url.");
        }
    }

    /// <summary>Sends one request and waits for whatever becomes of it.</summary>
    public async Task<EmbedReply> EmbedAsync(IReadOnlyList<string> inputs, CancellationToken cancellationToken)
    {
        try
        {
            var request = new EmbedBody(inputs, "base64", fallback);
            using var answer = await http.PostAsJsonAsync(new Uri("/api/v1/embed", UriKind.Relative), request, ChaosJson.Default.EmbedBody, cancellationToken);
            var body = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
            return answer.IsSuccessStatusCode ? Parse(body) : Problem(body, (int)answer.StatusCode);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return EmbedReply.Failed("no_answer");
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            return EmbedReply.Failed("no_connection");
        }
    }

    public void Dispose() => http.Dispose();

    /// <summary>Reads an answer of 200.</summary>
    public static EmbedReply Parse(byte[] body)
    {
        try
        {
            var root = JsonElement.Parse(body);
            return new EmbedReply(
                null,
                null,
                [.. root.GetProperty("embeddings").EnumerateArray().Select(vector => MemoryMarshal.Cast<byte, float>(vector.GetBytesFromBase64()).ToArray())],
                root.GetProperty("space").GetString()!,
                root.GetProperty("served_by").GetString()!);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return EmbedReply.Failed("unreadable_answer");
        }
    }

    /// <summary>Reads any other answer.</summary>
    public static EmbedReply Problem(byte[] body, int status)
    {
        var code = $"http_{status}";
        try
        {
            var root = JsonElement.Parse(body);
            return EmbedReply.Failed(Text("code") ?? code, Text("detail"));

            string? Text(string member) => root.TryGetProperty(member, out var value) ? value.GetString() : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return EmbedReply.Failed(code);
        }
    }
}
