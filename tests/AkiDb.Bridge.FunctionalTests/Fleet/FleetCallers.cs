using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests.Fleet;

/// <summary>Callers who ask one after the other, check every vector, and never ask again when something failed.</summary>
internal sealed class FleetCallers(Uri address) : IDisposable
{
    private readonly HttpClient client = new() { BaseAddress = address, Timeout = TimeSpan.FromMinutes(2), DefaultRequestHeaders = { { "X-Api-Key", FleetHost.Key } } };
    private readonly ConcurrentBag<double> milliseconds = [];
    private int wrong;

    /// <summary>What went wrong, a sentence each.</summary>
    public ConcurrentBag<string> Failures { get; } = [];

    public int Answers => milliseconds.Count;

    public int Wrong => wrong;

    /// <summary>How long answers took.</summary>
    public string Latency => milliseconds.Order().ToList() is { Count: > 0 } sorted
        ? $"{sorted.Count} answers, p50 {sorted[sorted.Count / 2]:F1} ms, p99 {sorted[sorted.Count * 99 / 100]:F1} ms, longest {sorted[^1]:F0} ms"
        : "no answer";

    /// <summary>Asks until it is told to stop; what was asked then is still waited for.</summary>
    public Task RunAsync(int callers, CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, callers).Select(caller => AskAsync(new Random(caller), stop)));

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private async Task AskAsync(Random random, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var indices = Enumerable.Range(0, random.Next(1, 9)).Select(_ => random.Next(Reference.TinyBertCls.Count)).ToArray();
            var began = TimeProvider.System.GetTimestamp();
            try
            {
                using var response = await client.PostAsJsonAsync(new Uri("/api/v1/embed", UriKind.Relative), new { inputs = Reference.TextsAt(indices) }, CancellationToken.None);
                var body = await response.Content.ReadAsStringAsync(CancellationToken.None);
                if (response.StatusCode == HttpStatusCode.OK)
                {
                    milliseconds.Add(TimeProvider.System.GetElapsedTime(began).TotalMilliseconds);
                    Interlocked.Add(ref wrong, Reference.TinyBertCls.CountWrong(EmbedAnswer.Parse(JsonElement.Parse(body)).Vectors, indices));
                }
                else
                {
                    Failures.Add($"{(int)response.StatusCode} after {TimeProvider.System.GetElapsedTime(began)}: {body}");
                }
            }
            catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
            {
                Failures.Add($"after {TimeProvider.System.GetElapsedTime(began)}: {error.Message} {error.InnerException?.Message}");
            }

            // Callers wait for what they got: the machine must not be the limit.
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(100, 400)), TimeProvider.System, CancellationToken.None);
        }
    }
}
