using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AkiDb.Bridge.FunctionalTests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.FunctionalTests.Doubles;

/// <summary>A bridge whose vectors are made up, and which misbehaves in one way as soon as it was asked so often that a baseline must have been taken.</summary>
internal sealed class BridgeDouble : IAsyncDisposable
{
    public const string Honest = "honest";
    public const string AnswersWrong = "answers wrong";
    public const string AnswersFromAnotherSpace = "answers from another space";
    public const string AnswersTooFew = "answers too few";
    public const string SwapsAnswers = "swaps answers";
    public const string Fails = "fails";
    public const string LeavesOldWorkers = "leaves old workers";
    public const string NamesStrangers = "names strangers";

    private const int Baseline = 150;
    private const int LieEvery = 10;
    private const int Workers = 2;

    private readonly string behaviour;
    private readonly WorkersDouble processes = new();
    private readonly SemaphoreSlim replacing = new(1);
    private readonly int[] pids = new int[Workers];
    private readonly WebApplication application;
    private int asked;

    private BridgeDouble(string behaviour)
    {
        this.behaviour = behaviour;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        application = builder.Build();
        application.Run(HandleAsync);
    }

    public string Address => application.Urls.Single();

    public static async Task<BridgeDouble> StartAsync(string behaviour)
    {
        var bridge = new BridgeDouble(behaviour);
        await bridge.application.StartAsync(TestContext.Current.CancellationToken);
        return bridge;
    }

    public async ValueTask DisposeAsync()
    {
        await application.DisposeAsync();
        await processes.DisposeAsync();
        replacing.Dispose();
    }

    private Task HandleAsync(HttpContext context) => context.Request.Path == "/api/v1/status" ? StatusAsync(context) : EmbedAsync(context);

    private async Task StatusAsync(HttpContext context)
    {
        await replacing.WaitAsync(context.RequestAborted);
        try
        {
            for (var slot = 0; slot < Workers; slot++)
            {
                if (!ProcessTable.IsRunning(pids[slot]))
                {
                    if (behaviour != LeavesOldWorkers && pids[slot] != 0)
                    {
                        Signals.Send(pids[slot], Signals.Kill);
                    }

                    pids[slot] = await processes.StartAsync(behaviour == NamesStrangers ? "something_else" : "akidb_worker");
                }
            }
        }
        finally
        {
            replacing.Release();
        }

        await context.Response.WriteAsJsonAsync(new { state = "ready", model = "double", workers = pids.Select(pid => new { state = "ready", pid, restarts = 0 }), queue = new { admitted_tokens = 0 } });
    }

    private async Task EmbedAsync(HttpContext context)
    {
        var request = await context.Request.ReadFromJsonAsync<JsonElement>(context.RequestAborted);
        var vectors = request.GetProperty("inputs").EnumerateArray().Select(text => Vector(text.GetString()!)).ToList();
        var space = "double;dim=8;precision=float32";
        if (Interlocked.Increment(ref asked) is var number && number > Baseline && number % LieEvery == 0)
        {
            switch (behaviour)
            {
                case AnswersWrong:
                    vectors[^1][3] += 0.01f;
                    break;
                case AnswersFromAnotherSpace:
                    space = "another;dim=8;precision=float32";
                    break;
                case AnswersTooFew:
                    vectors.RemoveAt(0);
                    break;
                case SwapsAnswers:
                    vectors = [.. vectors.Skip(1), Vector("a text that nobody sent")];
                    break;
                case Fails:
                    context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                    await context.Response.WriteAsJsonAsync(new { code = "no_engine", detail = "It fails." });
                    return;
            }
        }

        await context.Response.WriteAsJsonAsync(new { embeddings = vectors.Select(vector => Convert.ToBase64String(MemoryMarshal.AsBytes(vector.AsSpan()))), space, served_by = "worker:0" });
    }

    private static float[] Vector(string text)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        float[] vector = [.. bytes.Take(8).Select(value => (value - 127.5f) / 128)];
        var length = MathF.Sqrt(vector.Sum(value => value * value));
        return [.. vector.Select(value => value / length)];
    }
}
