using AkiDb.Bridge.AspNetCore.Access;
using AkiDb.Bridge.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>The routes as they are mapped: each with the pipeline around it, and a refusal for the methods that a path does not take.</summary>
internal sealed class RouteTable(IEndpointRouteBuilder endpoints, RoutePipeline pipeline)
{
    private readonly Dictionary<string, List<string>> methods = [];
    private readonly HashSet<string> health = [];

    public void Post(string route, RequestDelegate handle, ProblemShape? shape = null, AccessRule rule = AccessRule.Embed) => Map(route, [HttpMethods.Post], handle, rule, shape);

    public void Get(string route, RequestDelegate handle, ProblemShape? shape = null, AccessRule rule = AccessRule.AnyKey) =>
        Map(route, [HttpMethods.Get, HttpMethods.Head], handle, rule, shape);

    public void Health(string route, RequestDelegate handle)
    {
        health.Add(route);
        Map(route, [HttpMethods.Get, HttpMethods.Head], handle, AccessRule.Health, shape: null);
    }

    /// <summary>Refuses every other method of the paths that were mapped: routing's own answer has no body.</summary>
    public void RefuseOtherMethods()
    {
        foreach (var (route, allowed) in methods)
        {
            endpoints.Map(route, pipeline.Around(
                context =>
                {
                    context.Response.Headers.Allow = string.Join(", ", allowed);
                    throw new ProblemException(new Problem(
                        StatusCodes.Status405MethodNotAllowed, ProblemCodes.MethodNotAllowed,
                        $"{route} takes {allowed[0]}, not {ForeignText.Shorten(context.Request.Method)}."));
                },
                health.Contains(route) ? AccessRule.Health : AccessRule.AnyKey));
        }
    }

    private void Map(string route, string[] taken, RequestDelegate handle, AccessRule rule, ProblemShape? shape)
    {
        if (!methods.TryGetValue(route, out var all))
        {
            methods.Add(route, all = []);
        }

        all.AddRange(taken);
        endpoints.MapMethods(route, taken, pipeline.Around(handle, rule, shape));
    }
}
