using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using AkiDb.Bridge.Configuration;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.Http;

/// <summary><c>GET /api/v1/status</c>, and <c>POST /api/v1/workers/{slot}/restart</c>.</summary>
internal sealed class StatusEndpoint(IEmbeddingBridge bridge)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>200, whatever the engines do.</summary>
    public Task StatusAsync(HttpContext context)
    {
        var status = bridge.GetStatus();
        return context.Response.WriteAsJsonAsync(
            new
            {
                State = NameOf(status.State),
                status.Reasons,
                status.Model,
                UptimeSeconds = status.Uptime.TotalSeconds,
                Workers = status.Workers.Select(Describe),
                status.InProcess,
                status.Queue,
                Models = status.Models.Select(Describe),
            },
            Json,
            context.RequestAborted);
    }

    /// <summary>202: it is being done; 404 when there is no such slot, or no such model as <c>?model=</c> names.</summary>
    public async Task RestartAsync(HttpContext context)
    {
        var text = (string?)context.Request.RouteValues["slot"];
        var model = context.Request.Query["model"] is { Count: > 0 } named ? named.ToString() : null;
        try
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var slot) || !bridge.RestartWorker(slot, model))
            {
                await ProblemWriter.WriteAsync(context, StatusCodes.Status404NotFound, "unknown_worker", $"There is no worker '{text}'; /api/v1/status lists those there are.")
                    .ConfigureAwait(false);
                return;
            }

            context.Response.StatusCode = StatusCodes.Status202Accepted;
            await context.Response.WriteAsJsonAsync(new { slot, status = "restarting" }, Json, context.RequestAborted).ConfigureAwait(false);
        }
        catch (BridgeException error)
        {
            await ProblemWriter.WriteAsync(context, error.Error).ConfigureAwait(false);
        }
    }

    private static string NameOf(BridgeState state) => OptionNames.Kebab(state.ToString());

    private static object Describe(BridgeStatus model) => new
    {
        State = NameOf(model.State),
        model.Reasons,
        model.Model,
        UptimeSeconds = model.Uptime.TotalSeconds,
        Workers = model.Workers.Select(Describe),
        model.InProcess,
        model.Queue,
    };

    private static object Describe(WorkerStatus worker) => new
    {
        worker.Slot,
        worker.Name,
        worker.State,
        worker.Pid,
        worker.Since,
        worker.Restarts,
        worker.InFlight,
        worker.Served,
        worker.LastInference,
        worker.MemoryBytes,
        worker.SuccessorPid,
        LastCrash = worker.LastCrash is { } crash ? Describe(crash) : null,
    };

    private static object Describe(WorkerCrash crash) => new
    {
        crash.At,
        crash.Reason,
        crash.Exit,
        crash.Explanation,
        UptimeSeconds = crash.Uptime.TotalSeconds,
        crash.MemoryBytes,
        crash.InFlight,
        crash.Traceback,
        crash.Stderr,
    };
}
