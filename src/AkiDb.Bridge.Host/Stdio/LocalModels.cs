using System.Collections.Concurrent;
using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Hub;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Host.Stdio;

/// <summary>The models of this process: each has workers and engines of its own, from the call that loads it to the end.</summary>
/// <param name="values">What the command line says, as configuration.</param>
/// <param name="time">The clock.</param>
internal sealed class LocalModels(IReadOnlyDictionary<string, string?> values, TimeProvider time) : IModelService
{
    // As long as it is not first, others before it may have been in its way.
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<string, HostedModel> models = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public async Task<StdioAnswer> LoadAsync(LoadModelCall call, CancellationToken cancellationToken)
    {
        var isLoaded = models.TryGetValue(call.Model, out var model);
        if (!isLoaded)
        {
            var (configured, folder) = Find(call);
            model = models.Values.FirstOrDefault(other => folder is not null && other.Folder == folder)
                ?? await HostedModel.StartAsync(configured, folder, values, time, cancellationToken);
            models[call.Model] = model;
        }

        return new DoneAnswer(isLoaded ? "The model is loaded already." : "The model is loaded.", model!.Dimension);
    }

    /// <inheritdoc/>
    public async Task<StdioAnswer> EmbedAsync(EmbedBatchCall call, Task isFirst, CancellationToken cancellationToken)
    {
        if (!models.TryGetValue(call.Model, out var model))
        {
            return new ErrorAnswer($"The model {ForeignText.Quote(call.Model)} is not loaded. Call load_model first.");
        }

        try
        {
            return new VectorsAnswer(await model.EmbedAsync(call, cancellationToken));
        }
        catch (BridgeException error) when (MayPass(error.Error))
        {
            // What was sent with it may have taken its time or its place: now nothing is before it.
            await isFirst.WaitAsync(cancellationToken);
            return new VectorsAnswer(await TryAgainAsync(model, call, cancellationToken));
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Task.WhenAll(models.Values.Distinct().Select(model => model.DisposeAsync().AsTask()));

    private async Task<EmbeddingResult> TryAgainAsync(HostedModel model, EmbedBatchCall call, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            try
            {
                return await model.EmbedAsync(call, cancellationToken);
            }
            catch (BridgeException error) when (MayPass(error.Error) && time.GetElapsedTime(started) < model.Timeout)
            {
                await Task.Delay(error.Error.RetryAfter is { } wait && wait < BetweenTries ? wait : BetweenTries, time, cancellationToken);
            }
        }
    }

    private static bool MayPass(BridgeError error) => error.Kind is BridgeErrorKind.Overloaded or BridgeErrorKind.DeadlineExceeded or BridgeErrorKind.NoEngine;

    // Where the name is looked for comes first: what lies in the caller's folder under the same name may be half of a download.
    private static (string Configured, string? Folder) Find(LoadModelCall call)
    {
        var paths = ModelSearchPaths.FromEnvironment();
        try
        {
            return (call.Model, RealPath.Of(new ModelLocator(paths).Find(call.Model).Folder));
        }
        catch (BridgeException error) when (error.Error.Kind == BridgeErrorKind.UnknownModel)
        {
            if (FindInCache(call, paths) is { } folder)
            {
                return (folder, RealPath.Of(folder));
            }

            if (StartDownload.IsAllowed)
            {
                return (call.Model, null);
            }

            throw;
        }
    }

    private static string? FindInCache(LoadModelCall call, ModelSearchPaths paths)
    {
        if (string.IsNullOrWhiteSpace(call.CacheFolder) || call.CacheFolder.Contains('\0'))
        {
            return null;
        }

        try
        {
            var cache = ModelSearchPaths.Absolute(call.CacheFolder, paths.Home);
            return new ModelLocator(paths with { ModelFolders = [], HubCache = cache, AkiDbCache = cache }).Find(call.Model).Folder;
        }
        catch (BridgeException error) when (error.Error.Kind == BridgeErrorKind.UnknownModel)
        {
            return null;
        }
    }
}
