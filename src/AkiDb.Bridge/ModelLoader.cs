using AkiDb.Bridge.Models;
using AkiDb.Bridge.Supervision;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge;

/// <summary>Makes models of what is configured. Nothing runs until they are told to.</summary>
/// <param name="provider">The engines that all models use.</param>
/// <param name="paths">Where their folders may be.</param>
/// <param name="fetch">Fetches a model that is nowhere, which takes minutes, and says why it could not; null where that is not allowed.</param>
/// <param name="time">The clock.</param>
/// <param name="loggers">The log.</param>
internal sealed class ModelLoader(EmbeddingProvider provider, ModelSearchPaths paths, Func<HubName, string?>? fetch, TimeProvider time, ILoggerFactory loggers)
{
    private readonly ModelLocator here = new(paths, fetch is null ? null : _ => "being asked in the background");
    private readonly ModelLocator anywhere = new(paths, fetch);

    /// <summary>Whether a model that is nowhere may be fetched.</summary>
    public bool MayFetch => fetch is not null;

    /// <summary>The default model, fetched if need be.</summary>
    /// <exception cref="BridgeException">It is not found, or its folder is not understood.</exception>
    public HostedModel LoadDefault(BridgeOptions all) =>
        HostedModel.Served(NameOf(all, anywhere), all, new ModelRuntime(all, provider, ThreadsOf(all, all), anywhere, time, loggers));

    /// <summary>A further model that has been fetched or needs not be; whatever is wrong with it, the host goes on.</summary>
    /// <param name="options">The model's options.</param>
    /// <param name="all">The configuration that they are part of.</param>
    /// <param name="others">The models that it will stand beside.</param>
    public HostedModel LoadFurther(ModelOptions options, BridgeOptions all, IEnumerable<HostedModel> others)
    {
        try
        {
            var name = NameOf(options, here);
            foreach (var other in others.Where(other => other.Runtime is not null))
            {
                if (name.SharedWith(other.Name) is { } shared)
                {
                    return Fail(options, $"'{shared}' means {other.Id} already, and a request must be able to tell models apart. Give its folder another name.");
                }
            }

            var named = new NamedLoggers(loggers, name.ShortName);
            return HostedModel.Served(name, options, new ModelRuntime(options, provider, ThreadsOf(options, all), here, time, named));
        }
        catch (Exception error)
        {
            // Whatever a folder can hold: the other models must not stumble over it.
            return Fail(options, error.Message);
        }
    }

    /// <summary>A further model that cannot be served.</summary>
    public HostedModel Fail(ModelOptions options, string reason)
    {
        var failed = HostedModel.Failed(ModelName.OfConfigured(options.Model), options, reason);
        Log.ModelFailed(loggers.CreateLogger<ModelLoader>(), failed.Failure!.Message);
        return failed;
    }

    /// <summary>Fetches what a further model needs and is nowhere; at once where that is not allowed.</summary>
    /// <returns>Why it is still nowhere; null when it can be loaded.</returns>
    public string? Fetch(ModelOptions options)
    {
        try
        {
            foreach (var model in new[] { options.Model, options.FallbackModel }.OfType<string>())
            {
                anywhere.Find(model);
            }

            return null;
        }
        catch (BridgeException error)
        {
            return error.Message;
        }
    }

    private static ModelName NameOf(ModelOptions options, ModelLocator locator) => new(locator.Find(options.Model).Id, options.Model);

    // All workers of all models share the cores: threads that must take turns are slower than fewer of them.
    private static int ThreadsOf(ModelOptions options, BridgeOptions all)
    {
        var workers = all.Models.Select(entry => entry.Value).Append(all)
            .Sum(model => WorkerSeats.OnThisMachine(model.Supervision.Workers, model.Worker.Device).Count);
        return options.Worker.Threads > 0 ? options.Worker.Threads : Math.Max(1, Environment.ProcessorCount / workers);
    }
}
