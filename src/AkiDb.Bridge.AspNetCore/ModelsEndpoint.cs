using AkiDb.Bridge.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore;

/// <summary><c>GET /api/v1/models</c>. What is unknown is left out.</summary>
internal sealed class ModelsEndpoint(IBridgeAdministration bridge)
{
    public Task HandleAsync(HttpContext context)
    {
        var status = bridge.GetStatus();
        return JsonText.AnswerAsync(context, StatusCodes.Status200OK, writer => ModelsJson.Write(writer, status));
    }
}
