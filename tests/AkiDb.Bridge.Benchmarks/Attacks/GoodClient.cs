using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;

namespace AkiDb.Bridge.Benchmarks.Attacks;

/// <summary>A caller that asks for one short vector, waits a little, and asks again; and a probe that asks whether the host is alive.</summary>
internal sealed class GoodClient : IDisposable
{
    private static readonly IPAddress From = IPAddress.Parse("127.0.0.7");
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private readonly HttpClient client;
    private int asked;

    public GoodClient(Uri address) => client = new HttpClient(new SocketsHttpHandler
    {
        ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Bind(new IPEndPoint(From, 0));
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = address,
        Timeout = TimeSpan.FromSeconds(60),
    };

    /// <summary>Asks for a while.</summary>
    public async Task<(Samples Times, int Refused, int Failed, double LivezMax)> RunAsync(TimeSpan length, CancellationToken cancellationToken)
    {
        var (times, refused, failed, livez) = (new List<TimeSpan>(), 0, 0, TimeSpan.Zero);
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < length;)
        {
            var (time, status) = await AskAsync(() => client.PostAsJsonAsync("/api/v1/embed", new { inputs = new[] { $"a good text, number {asked++}" } }, cancellationToken));
            refused += status is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable ? 1 : 0;
            failed += status is null ? 1 : 0;
            times.Add(time);
            var (alive, _) = await AskAsync(() => client.GetAsync(new Uri("/livez", UriKind.Relative), cancellationToken));
            livez = alive > livez ? alive : livez;
            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }

        return (Samples.Of(times), refused, failed, livez.TotalMilliseconds);
    }

    public void Dispose() => client.Dispose();

    private static async Task<(TimeSpan Time, HttpStatusCode? Status)> AskAsync(Func<Task<HttpResponseMessage>> ask)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            using var answer = await ask();
            return (Stopwatch.GetElapsedTime(started), answer.StatusCode);
        }
        catch (HttpRequestException)
        {
            return (Stopwatch.GetElapsedTime(started), null);
        }
    }
}
