using System.Net;
using System.Text.Json;
using AkiDb.Bridge.AspNetCore;

namespace AkiDb.Bridge.Host.Remote;

/// <summary>What the other bridge has answered.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="retryAfter">When to try again; null where it does not say.</param>
/// <param name="body">The body.</param>
internal sealed class RelayReply(HttpStatusCode status, TimeSpan? retryAfter, byte[] body)
{
    // A proxy that says an hour does not know when the bridge is back.
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>Whether the same request may be answered later: the bridge is full, starts or stops, or a proxy before it has not found it.</summary>
    public bool MayPass => status is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout
        or HttpStatusCode.RequestTimeout;

    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status => status;

    /// <summary>The body of an answer; null where it is an error.</summary>
    public byte[]? Answer => status == HttpStatusCode.OK ? body : null;

    /// <summary>When to try again; null where it does not say, or says at once, which would be without end and without a pause.</summary>
    public TimeSpan? RetryAfter => retryAfter > LongestPause ? LongestPause : retryAfter > TimeSpan.Zero ? retryAfter : null;

    /// <summary>What it says in place of vectors.</summary>
    public string Sentence => Problem().Message;

    /// <summary>What it says in place of vectors, as an error of the bridge.</summary>
    public BridgeError Problem()
    {
        try
        {
            using var problem = JsonDocument.Parse(body);
            var code = problem.RootElement.TryGetProperty("code", out var named) ? named.GetString() : null;
            var kind = Enum.GetValues<BridgeErrorKind>().Where(known => ProblemCodes.Of(known) == code).Select(known => (BridgeErrorKind?)known).FirstOrDefault();
            return new BridgeError(kind ?? BridgeErrorKind.Internal, problem.RootElement.GetProperty("detail").GetString() ?? throw new JsonException())
            {
                InputIndex = problem.RootElement.TryGetProperty("input", out var input) ? input.GetInt32() : null,
            };
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return new BridgeError(BridgeErrorKind.Internal, $"The bridge answered {(int)status}, and not as a bridge does.");
        }
    }
}
