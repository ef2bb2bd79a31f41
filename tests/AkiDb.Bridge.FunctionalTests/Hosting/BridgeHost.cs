using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>A running <c>akidb-bridge serve</c> on a free port.</summary>
internal sealed class BridgeHost : IAsyncDisposable
{
    private const string Listening = "Now listening on: ";

    private readonly BridgeProcess process;
    private bool ended;

    private BridgeHost(BridgeProcess process, Uri address)
    {
        this.process = process;
        Client = new HttpClient { BaseAddress = address, Timeout = Eventually.Patience };
    }

    public HttpClient Client { get; }

    public HostLog Log => process.Output;

    public BridgeProcess Process => process;

    /// <summary>Starts a host and waits until it listens.</summary>
    /// <param name="settings">How it is started.</param>
    /// <param name="command">The command that makes one.</param>
    public static async Task<BridgeHost> StartAsync(HostSettings settings, string command = "serve")
    {
        var process = BridgeProcess.Start(command, settings with { Arguments = ["--port", "0", .. settings.Arguments] });
        try
        {
            await Eventually.TrueAsync(() => process.HasExited || process.Output.Contains(Listening), "the host listens", process.Evidence);
            var line = process.Output.Lines.FirstOrDefault(line => line.Contains(Listening, StringComparison.Ordinal))
                ?? throw new InvalidOperationException($"The host ended before it listened. {process.Evidence()}");
            return new BridgeHost(process, AddressIn(line));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where it listens for gRPC; it was started to do so.</summary>
    public async Task<Uri> GrpcAddressAsync()
    {
        await process.Output.WaitForCountAsync(Listening, 2);
        return AddressIn(process.Output.Lines.Where(line => line.Contains(Listening, StringComparison.Ordinal)).ElementAt(1));
    }

    // In a log of JSON lines a quotation mark follows.
    private static Uri AddressIn(string line) =>
        new(line[(line.IndexOf(Listening, StringComparison.Ordinal) + Listening.Length)..].Split('"', ' ')[0]);

    /// <summary>Starts a host with its worker's model, and waits until the worker serves.</summary>
    public static async Task<BridgeHost> StartWithWorkerAsync(HostSettings settings)
    {
        var host = await StartAsync(settings);
        try
        {
            await host.WorkerReadyAsync();
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    public async Task<Readiness> ReadinessAsync()
    {
        using var response = await Client.GetAsync(new Uri("/readyz", UriKind.Relative), TestContext.Current.CancellationToken);
        return Readiness.Parse(await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken));
    }

    public async Task<StatusAnswer> StatusAsync() => StatusAnswer.Parse(await StatusJsonAsync());

    public async Task<JsonElement> StatusJsonAsync()
    {
        using var response = await Client.GetAsync(new Uri("/api/v1/status", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
    }

    /// <summary>Waits until the first slot's status is as wanted.</summary>
    public Task<SlotAnswer> SlotAsync(Func<SlotAnswer, bool> wanted, string what, TimeSpan? deadline = null) => Eventually.GetAsync(
        async () => (await StatusAsync()).Workers[0] is var slot && wanted(slot) ? slot : null, what, process.Evidence, deadline);

    /// <summary>Waits until every permit has been given back.</summary>
    public Task EmptyAsync() => Eventually.TrueAsync(async () => (await StatusAsync()).AdmittedTokens == 0, "every permit is given back", process.Evidence);

    /// <summary>Asks for a worker to be replaced.</summary>
    public Task<HttpResponseMessage> RestartAsync(string slot, string? model = null) => Client.PostAsync(
        new Uri($"/api/v1/workers/{slot}/restart{(model is null ? "" : "?model=" + model)}", UriKind.Relative), null, TestContext.Current.CancellationToken);

    /// <summary>Waits until the host's readiness is as wanted.</summary>
    public Task<Readiness> ReadinessAsync(Func<Readiness, bool> wanted, string what, TimeSpan? deadline = null) => Eventually.GetAsync(
        async () => await ReadinessAsync() is var readiness && wanted(readiness) ? readiness : null, what, process.Evidence, deadline);

    /// <summary>Waits for a worker that serves and is not <paramref name="before"/>.</summary>
    /// <returns>Its process id.</returns>
    public async Task<int> WorkerReadyAsync(int? before = null) =>
        (await ReadinessAsync(health => health.Worker.State == "ready" && health.Worker.Pid != before, "a worker is ready")).Worker.Pid!.Value;

    /// <summary>Sends a request.</summary>
    public Task<HttpResponseMessage> PostAsync(object request) =>
        Client.PostAsJsonAsync(new Uri("/api/v1/embed", UriKind.Relative), request, TestContext.Current.CancellationToken);

    /// <summary>Sends a request that must succeed.</summary>
    public async Task<EmbedAnswer> EmbedAsync(object request)
    {
        using var response = await PostAsync(request);
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{(int)response.StatusCode}: {body} {Log.Tail()}");
        return EmbedAnswer.Parse(JsonElement.Parse(body));
    }

    public Task<EmbedAnswer> EmbedAsync(params string[] inputs) => EmbedAsync(new { inputs });

    /// <summary>Sends a request until the answer is as wanted; every answer on the way must be right.</summary>
    public Task<EmbedAnswer> EmbedUntilAsync(object request, Action<EmbedAnswer> check, Func<EmbedAnswer, bool> wanted, string what) => Eventually.GetAsync(
        async () =>
        {
            var answer = await EmbedAsync(request);
            check(answer);
            return wanted(answer) ? answer : null;
        },
        what,
        process.Evidence);

    /// <summary>Sends SIGTERM and waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync(TimeSpan? deadline = null)
    {
        ended = true;
        Signals.Send(process.Pid, Signals.Terminate);
        return await process.WaitForExitAsync(deadline);
    }

    /// <summary>Kills the host itself, which cannot clean up then.</summary>
    public async Task KillAsync()
    {
        ended = true;
        Signals.Send(process.Pid, Signals.Kill);
        await process.WaitForExitAsync();
    }

    /// <summary>Stops the host; it must exit with 0 and leave nothing behind.</summary>
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await using (process)
        {
            if (!ended)
            {
                var code = await StopAsync();
                Assert.True(code == 0, $"The host exited with {code}. {process.Evidence()}");
            }

            TestContext.Current.TestOutputHelper?.WriteLine(process.Evidence());
        }
    }
}
