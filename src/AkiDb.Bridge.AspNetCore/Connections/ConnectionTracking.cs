using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore.Connections;

/// <summary>Tells each connection when a request is being answered on it, before anything else of the application runs.</summary>
internal sealed class ConnectionTracking : IStartupFilter
{
    /// <inheritdoc/>
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => application =>
    {
        application.Use(following => context => AnswerAsync(following, context));
        next(application);
    };

    private static async Task AnswerAsync(RequestDelegate following, HttpContext context)
    {
        var connection = context.Features.Get<TrackedConnection>();
        connection?.Begin(HttpProtocol.IsHttp11(context.Request.Protocol) || HttpProtocol.IsHttp10(context.Request.Protocol));
        try
        {
            await following(context).ConfigureAwait(false);
            await ProblemWriter.WriteIfEmptyAsync(context).ConfigureAwait(false);
        }
        finally
        {
            connection?.End();
        }
    }
}
