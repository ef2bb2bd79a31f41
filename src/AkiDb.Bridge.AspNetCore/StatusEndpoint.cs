using System.Globalization;
using AkiDb.Bridge.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore;

/// <summary><c>GET /api/v1/status</c>, and <c>POST /api/v1/workers/{slot}/restart</c>.</summary>
internal sealed class StatusEndpoint(IBridgeAdministration bridge)
{
    /// <summary>200, whatever the engines do.</summary>
    public Task StatusAsync(HttpContext context)
    {
        var status = bridge.GetStatus();
        return JsonText.AnswerAsync(context, StatusCodes.Status200OK, writer => new StatusJson(writer, CallerView.Of(context).Show).Status(status));
    }

    /// <summary>202: it is being done; 404 when there is no such slot, or no such model as <c>?model=</c> names.</summary>
    public Task RestartAsync(HttpContext context)
    {
        var text = (string?)context.Request.RouteValues["slot"] ?? "";
        var model = context.Request.Query["model"] is { Count: > 0 } named ? named.ToString() : null;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var slot) || !bridge.RestartWorker(slot, model))
        {
            throw new ProblemException(new Problem(
                StatusCodes.Status404NotFound, ProblemCodes.UnknownWorker, $"There is no worker '{ForeignText.Shorten(text)}'; /api/v1/status lists those there are."));
        }

        return JsonText.AnswerAsync(context, StatusCodes.Status202Accepted, writer =>
        {
            writer.WriteNumber("slot", slot);
            writer.WriteString("status", "restarting");
        });
    }
}
