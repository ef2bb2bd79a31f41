using AkiDb.Bridge.AspNetCore.Access;
using AkiDb.Bridge.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore;

/// <summary><c>/livez</c>, <c>/readyz</c>, and AkiDB's <c>/health</c>; details are for those who may see them.</summary>
internal sealed class HealthEndpoints(IBridgeAdministration bridge, ServerDrain drain)
{
    /// <summary>The process answers: 200, whatever the engines do.</summary>
    public static Task LiveAsync(HttpContext context) => JsonText.AnswerAsync(context, StatusCodes.Status200OK, writer => writer.WriteString("status", "alive"));

    /// <summary>200 when requests can be answered, 503 when no engine can; the body says which and why.</summary>
    public Task ReadyAsync(HttpContext context)
    {
        var status = bridge.GetStatus();
        var demand = SpaceReadiness.DemandOf(context.Request);
        var model = drain.Show(SpaceReadiness.Find(status, demand) ?? status.Default);
        if (model.Facts?.Space is { } space && CallerIdentity.Of(context).SeesSpace)
        {
            SpaceHeader.Set(context.Response, space);
        }

        var mismatch = SpaceReadiness.WhyNot(model, demand);
        return JsonText.AnswerAsync(context, mismatch is null ? StatusOf(model) : StatusCodes.Status503ServiceUnavailable, writer =>
        {
            if (!CallerIdentity.Of(context).SeesDetails)
            {
                writer.WriteString("status", StatusJson.NameOf(model.State));
                return;
            }

            var json = new StatusJson(writer, CallerView.Of(context).Show);
            ReadinessJson.WriteModel(writer, json, model);
            if (mismatch is not null)
            {
                writer.WriteString("code", ProblemCodes.SpaceMismatch);
                writer.WriteString("detail", mismatch.Message);
                ProblemHeaders.WriteSpaces(writer, mismatch.Spaces!);
            }

            ReadinessJson.WriteEngines(writer, json, model);
            ReadinessJson.WriteOthers(writer, json, status);
        });
    }

    /// <summary>The shape that AkiDB's own health check has.</summary>
    public Task HealthAsync(HttpContext context)
    {
        var status = bridge.GetStatus();
        var model = drain.Show(status.Default);
        var healthy = model.State != BridgeState.Unavailable;
        return JsonText.AnswerAsync(context, StatusOf(model), writer =>
        {
            var json = new StatusJson(writer, CallerView.Of(context).Show);
            writer.WriteString("status", healthy ? "healthy" : "unhealthy");
            var details = CallerIdentity.Of(context).SeesDetails;
            json.Sentence("message", healthy ? "Embedding requests are being answered" : details ? string.Join(' ', model.Reasons) : "No engine can answer now");
            if (details)
            {
                ReadinessJson.WriteOthers(writer, json, status);
            }
        });
    }

    private static int StatusOf(ModelStatus model) =>
        model.State == BridgeState.Unavailable ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
}
