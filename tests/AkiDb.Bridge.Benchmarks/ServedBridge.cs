using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using CliWrap;

namespace AkiDb.Bridge.Benchmarks;

/// <summary>`akidb-bridge serve` in a process of its own, and a client beside it.</summary>
internal sealed partial class ServedBridge : IAsyncDisposable
{
    private readonly CancellationTokenSource interrupt = new();
    private readonly CancellationTokenSource kill = new();
    private readonly Task running;
    private readonly TaskCompletionSource<Uri> address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HttpClient client = new();
    private PlainHttpClient? plain;

    private ServedBridge(string[] arguments)
    {
        var name = OperatingSystem.IsWindows() ? "akidb-bridge.exe" : "akidb-bridge";
        running = Cli.Wrap(Path.Combine(AppContext.BaseDirectory, name))
            .WithArguments(["serve", "--port", "0", .. arguments])
            .WithValidation(CommandResultValidation.None)
            .WithStandardOutputPipe(PipeTarget.ToDelegate(Listen))
            .WithStandardErrorPipe(PipeTarget.ToDelegate(Console.Error.WriteLine))
            .ExecuteAsync(kill.Token, interrupt.Token);
    }

    /// <summary>Where it listens.</summary>
    public Uri BaseAddress => client.BaseAddress!;

    /// <summary>Starts it, and waits until its workers are ready.</summary>
    public static async Task<ServedBridge> StartAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var bridge = new ServedBridge(arguments);
        try
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            deadline.CancelAfter(TimeSpan.FromMinutes(1));
            bridge.client.BaseAddress = await bridge.address.Task.WaitAsync(deadline.Token);
            while (!await bridge.IsReadyAsync(deadline.Token))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, deadline.Token);
            }

            return bridge;
        }
        catch
        {
            await bridge.DisposeAsync();
            throw;
        }
    }

    /// <summary>One call, by a client that costs next to nothing; returns the engine's compute time as the answer's Server-Timing states it.</summary>
    public TimeSpan Embed(IReadOnlyList<string> inputs)
    {
        plain ??= new PlainHttpClient(client.BaseAddress!);
        var timing = Compute().Match(plain.Post("/api/v1/embed", new { inputs }));
        return TimeSpan.FromMilliseconds(double.Parse(timing.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
    }

    /// <summary>One call, of which there may be many at once.</summary>
    public async Task EmbedAsync(IReadOnlyList<string> inputs, CancellationToken cancellationToken)
    {
        using var answer = await client.PostAsJsonAsync("/api/v1/embed", new { inputs }, cancellationToken);
        answer.EnsureSuccessStatusCode();
        await answer.Content.ReadAsByteArrayAsync(cancellationToken);
    }

    /// <summary>One call that may fail: the vector and who served it, or nulls.</summary>
    public async Task<(float[]? Vector, string? ServedBy)> TryEmbedAsync(string input, CancellationToken cancellationToken)
    {
        using var answer = await client.PostAsJsonAsync("/api/v1/embed", new { inputs = new[] { input } }, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            return (null, null);
        }

        var body = await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
        return (body.GetProperty("embeddings")[0].Deserialize<float[]>(), body.GetProperty("served_by").GetString());
    }

    /// <summary>One short call that may be refused; null for a vector, else why there is none.</summary>
    public async Task<BridgeErrorKind?> TryAsync(string input, CancellationToken cancellationToken)
    {
        using var answer = await client.PostAsJsonAsync("/api/v1/embed", new { inputs = new[] { input } }, cancellationToken);
        await answer.Content.ReadAsByteArrayAsync(cancellationToken);
        return answer.StatusCode switch
        {
            HttpStatusCode.OK => null,
            HttpStatusCode.TooManyRequests => BridgeErrorKind.Overloaded,
            _ => BridgeErrorKind.EngineFault,
        };
    }

    /// <summary>The process id of the first worker; null while it has none.</summary>
    public async Task<int?> WorkerPidAsync(CancellationToken cancellationToken)
    {
        using var answer = await client.GetAsync(new Uri("/readyz", UriKind.Relative), cancellationToken);
        var health = await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
        return health.GetProperty("engines")[0].TryGetProperty("pid", out var pid) ? pid.GetInt32() : null;
    }

    /// <summary>The process id of the first worker if that serves; null while it does not.</summary>
    public async Task<int?> ServingPidAsync(CancellationToken cancellationToken)
    {
        using var answer = await client.GetAsync(new Uri("/api/v1/status", UriKind.Relative), cancellationToken);
        var status = await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
        var worker = status.GetProperty("workers")[0];
        return worker.GetProperty("state").GetString() == "ready" ? worker.GetProperty("pid").GetInt32() : null;
    }

    /// <summary>Asks for the first worker to be replaced; returns at once.</summary>
    public async Task RestartWorkerAsync(CancellationToken cancellationToken)
    {
        using var answer = await client.PostAsync(new Uri("/api/v1/workers/0/restart", UriKind.Relative), null, cancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        plain?.Dispose();
        kill.CancelAfter(TimeSpan.FromSeconds(20));
        await interrupt.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        interrupt.Dispose();
        kill.Dispose();
    }

    [GeneratedRegex(@"compute;dur=([\d.]+)")]
    private static partial Regex Compute();

    [GeneratedRegex(@"Now listening on: (\S+)")]
    private static partial Regex Address();

    private async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        using var answer = await client.GetAsync(new Uri("/readyz", UriKind.Relative), cancellationToken);
        var health = await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
        return health.GetProperty("status").GetString() == "ready";
    }

    private void Listen(string line)
    {
        if (Address().Match(line) is { Success: true } match)
        {
            address.TrySetResult(new Uri(match.Groups[1].Value));
        }
    }
}
