using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace AkiDb.Bridge.Chaos.Storm;

/// <summary>One caller of a storm, with an address of its own: asks, repeats itself, leaves, comes back, lets its time run out and tries again.</summary>
/// <param name="address">The bridge, on a loopback address.</param>
/// <param name="baseline">What is right.</param>
/// <param name="number">Tells it from the other callers.</param>
/// <param name="seed">What its choices follow from, together with its number.</param>
/// <param name="time">The clock.</param>
internal sealed class StormCaller(Uri address, Baseline baseline, int number, int seed, TimeProvider time) : IDisposable
{
    // The bridge ends a request at its own deadline: what is not answered so long after it never will be.
    private static readonly TimeSpan AnswerGrace = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    private readonly Random random = new(unchecked((seed * 7919) + number));
    private readonly Dictionary<StormFate, int> fates = [];
    private readonly List<string> examples = [];
    private HttpClient client = Connect(number);

    /// <summary>How often each fate was met.</summary>
    public IReadOnlyDictionary<StormFate, int> Fates => fates;

    /// <summary>The first few fates that must not be, each with what was said.</summary>
    public IReadOnlyList<string> Examples => examples;

    /// <summary>Calls until the time is over; the last request is waited for.</summary>
    public async Task RunAsync(TimeSpan length, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        StormRequest? request = null;
        while (time.GetElapsedTime(started) < length)
        {
            request = StormRequest.Draw(random, request);
            var (fate, retryAfter) = await CallAndCountAsync(request, cancellationToken);
            if (fate is StormFate.Left or StormFate.OutOfTime)
            {
                // At once again, on a new connection: what the bridge is giving up just now must not take this one with it.
                client.Dispose();
                client = Connect(number);
                request = request with { Timeout = TimeSpan.FromSeconds(30), LeavesAfter = null };
                (fate, retryAfter) = await CallAndCountAsync(request, cancellationToken);
            }

            if (retryAfter is { } pause)
            {
                await Task.Delay(pause < LongestPause ? pause : LongestPause, time, cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private static HttpClient Connect(int number)
    {
        // 127.1.0.1 and on: to the bridge each is another caller.
        var own = new IPAddress([127, (byte)(1 + (number >> 16)), (byte)(number >> 8), (byte)(1 + (number & 0x7F))]);
        return new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (context, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    socket.Bind(new IPEndPoint(own, 0));
                    await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        })
        { Timeout = Timeout.InfiniteTimeSpan };
    }

    private async Task<(StormFate Fate, TimeSpan? RetryAfter)> CallAndCountAsync(StormRequest request, CancellationToken cancellationToken)
    {
        var result = await CallAsync(request, cancellationToken);
        fates[result.Fate] = fates.GetValueOrDefault(result.Fate) + 1;
        return result;
    }

    private async Task<(StormFate Fate, TimeSpan? RetryAfter)> CallAsync(StormRequest request, CancellationToken cancellationToken)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var over = new CancellationTokenSource(request.LeavesAfter ?? (request.Timeout + AnswerGrace), time);
        using var linked = over.Token.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), ends);
        try
        {
            using var content = new ByteArrayContent(Write(request));
            content.Headers.ContentType = new("application/json");
            using var answer = await client.PostAsync(new Uri(address, "/api/v1/embed"), content, ends.Token);
            var body = await answer.Content.ReadAsByteArrayAsync(ends.Token);
            return (Judge(request, (int)answer.StatusCode, body), answer.Headers.RetryAfter?.Delta);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            return request.LeavesAfter is null ? (Remember(StormFate.Unanswered, $"{Describe(request)}: no answer"), null) : (StormFate.Left, null);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            return (Remember(StormFate.Failed, $"{Describe(request)}: {error.Message}"), TimeSpan.FromMilliseconds(100));
        }
    }

    private StormFate Judge(StormRequest request, int status, byte[] body)
    {
        switch (status)
        {
            case (int)HttpStatusCode.OK:
                var wrong = BridgeClient.Parse(body) is { Failure: null } reply ? baseline.Check(request.Texts, reply) : ["an answer that cannot be read"];
                return wrong.Count == 0 ? StormFate.Right : Remember(StormFate.Wrong, wrong[0]);
            case (int)HttpStatusCode.TooManyRequests or (int)HttpStatusCode.ServiceUnavailable:
                return StormFate.Refused;

            // A request with all the time that it could want is never out of time for a good reason: somebody forgot it.
            case (int)HttpStatusCode.GatewayTimeout when request.Timeout < TimeSpan.FromSeconds(1):
                return StormFate.OutOfTime;
            default:
                return Remember(StormFate.Failed, $"{Describe(request)}: {status} {BridgeClient.Problem(body, status).Detail}");
        }
    }

    private StormFate Remember(StormFate fate, string example)
    {
        if (examples.Count < 5)
        {
            examples.Add($"{fate}: {example}");
        }

        return fate;
    }

    private static string Describe(StormRequest request) =>
        string.Create(CultureInfo.InvariantCulture, $"{request.Texts.Length} texts, {request.Priority ?? "no priority"}, {request.Timeout.TotalMilliseconds} ms");

    private static byte[] Write(StormRequest request)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("inputs");
            foreach (var text in request.Texts)
            {
                json.WriteStringValue(Corpus.Texts[text]);
            }

            json.WriteEndArray();
            json.WriteString("encoding_format", "base64");
            json.WriteString("timeout", string.Create(CultureInfo.InvariantCulture, $"{request.Timeout.TotalMilliseconds}ms"));
            if (request.Priority is not null)
            {
                json.WriteString("priority", request.Priority);
            }

            json.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
