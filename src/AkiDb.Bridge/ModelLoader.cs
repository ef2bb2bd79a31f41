using AkiDb.Bridge.Models;
using AkiDb.Bridge.Supervision;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge;

/// <summary>Makes models of what is configured. Nothing runs until they are told to.</summary>
/// <param name="provider">The engines that all models use.</param>
/// <param name="locator">Finds their folders.</param>
/// <param name="time">The clock.</param>
/// <param name="loggers">The log.</param>
internal sealed class ModelLoader(EmbeddingProvider provider, ModelLocator locator, TimeProvider time, ILoggerFactory loggers)
{
    /// <summary>The default model.</summary>
    /// <exception cref="BridgeException">It is not found, or its folder is not understood.</exception>
    public HostedModel LoadDefault(BridgeOptions all) => HostedModel.Served(NameOf(all), all, CreateRuntime(all, ThreadsOf(all, all), loggers));

    /// <summary>A further model; whatever is wrong with it, the host goes on.</summary>
    /// <param name="options">The model's options.</param>
    /// <param name="all">The configuration that they are part of.</param>
    /// <param name="others">The models that it will stand beside.</param>
    public HostedModel LoadFurther(ModelOptions options, BridgeOptions all, IEnumerable<HostedModel> others)
    {
        try
        {
            var name = NameOf(options);
            return others.Where(other => other.Runtime is not null).Select(other => (other.Id, Shared: name.SharedWith(other.Name))).FirstOrDefault(other => other.Shared is not null) is { Shared: { } shared } other
                ? Fail($"'{shared}' means {other.Id} already, and a request must be able to tell models apart. Give its folder another name.")
                : HostedModel.Served(name, options, CreateRuntime(options, ThreadsOf(options, all), new NamedLoggers(loggers, name.ShortName)));
        }
        catch (Exception error)
        {
            // Whatever a folder can hold: the other models must not stumble over it.
            return Fail(error.Message);
        }

        HostedModel Fail(string reason)
        {
            var failed = HostedModel.Failed(ModelName.OfConfigured(options.Model), options, reason);
            Log.ModelFailed(loggers.CreateLogger<ModelLoader>(), failed.Failure!.Message);
            return failed;
        }
    }

    private ModelName NameOf(ModelOptions options) => new(locator.Find(options.Model).Id, options.Model);

    private ModelRuntime CreateRuntime(ModelOptions options, int threads, ILoggerFactory log) => new(options, provider, threads, locator, time, log);

    // All workers of all models share the cores: threads that must take turns are slower than fewer of them.
    private static int ThreadsOf(ModelOptions options, BridgeOptions all)
    {
        var workers = all.Models.Select(entry => entry.Value).Append(all)
            .Sum(model => WorkerSeats.OnThisMachine(model.Supervision.Workers, model.Worker.Device).Count);
        return options.Worker.Threads > 0 ? options.Worker.Threads : Math.Max(1, Environment.ProcessorCount / workers);
    }
}
