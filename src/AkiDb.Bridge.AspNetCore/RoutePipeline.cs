using AkiDb.Bridge.AspNetCore.Access;
using AkiDb.Bridge.AspNetCore.Connections;
using AkiDb.Bridge.AspNetCore.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>What stands before and behind every route.</summary>
/// <remarks>
/// 1. May it be asked here?   A connection of the reserve asks only how the host is; web pages of others, and whoever has no key, ask nothing.
/// 2. The route's own work.
/// 3. What went wrong.        Every failure is a problem with a sentence and a code; a caller who has left gets none.
/// 4. What was not read.      A caller that sends all of its body before it reads would else find its connection reset, and no answer.
/// </remarks>
/// <param name="table">The connections; null where the server is not set up by <c>AddAkiDbBridgeHttp()</c>.</param>
/// <param name="guard">Knows who may ask.</param>
/// <param name="unread">Reads what is left.</param>
/// <param name="logger">The log.</param>
internal sealed class RoutePipeline(ConnectionTable? table, AccessGuard guard, UnreadBody unread, ILogger<RoutePipeline> logger)
{
    /// <summary>Puts the pipeline around a route.</summary>
    /// <param name="handle">The route's own work.</param>
    /// <param name="rule">Who may use it.</param>
    /// <param name="shape">How its ecosystem writes an error; ours by default.</param>
    public RequestDelegate Around(RequestDelegate handle, AccessRule rule, ProblemShape? shape = null) =>
        context => AnswerAsync(context, handle, rule, shape ?? ProblemWriter.WriteAsync);

    private async Task AnswerAsync(HttpContext context, RequestDelegate handle, AccessRule rule, ProblemShape shape)
    {
        TraceResponse.Set(context);
        try
        {
            if (rule is not AccessRule.Health)
            {
                ExpectPlace(context);
            }

            BodyFraming.Expect(context.Request);
            guard.Check(context, rule);
            await handle(context).ConfigureAwait(false);
        }
        catch (Exception error) when (HasLeft(context, error))
        {
            Log.CallerGone(logger);
            if (!context.Response.HasStarted)
            {
                context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            }
        }
        catch (Exception error) when (!context.Response.HasStarted)
        {
            await RefuseAsync(context, ProblemOf(error), shape).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // The answer has begun: its reader must see that it does not end well.
            Log.AnswerBroken(logger, error);
            context.Abort();
        }
    }

    private void ExpectPlace(HttpContext context)
    {
        if (context.Features.Get<TrackedConnection>() is { IsReserved: true } connection && table?.TryPromote(connection) == false)
        {
            throw new ProblemException(new Problem(
                StatusCodes.Status503ServiceUnavailable, ProblemCodes.TooManyConnections, "All connections are in use (Bridge:Http:MaxConnections). Try again later, or keep fewer open.")
            {
                RetryAfter = TimeSpan.FromSeconds(1),
                Closes = true,
            });
        }
    }

    private static bool HasLeft(HttpContext context, Exception error) => !BodyBrokenOffException.IsIn(error)
        && (error is ConnectionResetException or ConnectionAbortedException || error.InnerException is ConnectionAbortedException
            || (error is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested));

    private async Task RefuseAsync(HttpContext context, Problem problem, ProblemShape shape)
    {
        try
        {
            await shape(context, problem).ConfigureAwait(false);
            await unread.DiscardAsync(context).ConfigureAwait(false);
        }
        catch (Exception error) when (HasLeft(context, error))
        {
            Log.CallerGone(logger);
        }
    }

    private Problem ProblemOf(Exception error)
    {
        switch (error)
        {
            case BridgeException bridge:
                Log.RequestFailed(logger, bridge.Error.Kind, bridge.Message);
                return Problem.Of(bridge.Error);
            case ProblemException http:
                return http.Problem;
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return new Problem(StatusCodes.Status413PayloadTooLarge, ProblemCodes.TooLarge, error.Message);
            case BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout }:
                return new Problem(StatusCodes.Status408RequestTimeout, ProblemCodes.RequestTimeout, "The body came too slowly. Send it faster, or less of it.") { Closes = true };
            case BadHttpRequestException bad:
                return new Problem(bad.StatusCode, ProblemCodes.BadRequest, bad.Message);
            case IOException:
                // The server's word for a body whose framing is wrong, while the connection is well.
                return new Problem(StatusCodes.Status400BadRequest, ProblemCodes.BadRequest, $"The body cannot be read: {error.Message}") { Closes = true };
            case not null when BodyBrokenOffException.IsIn(error):
                return new Problem(StatusCodes.Status400BadRequest, ProblemCodes.BadRequest, "The body ends before its last byte. Send all of it.") { Closes = true };
            default:
                Log.RequestFaulted(logger, error!);
                return Problem.Internal;
        }
    }
}
