using AkiDb.Bridge.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge;

/// <summary>Follows the configuration while the host runs: further models come, go and change; the default one stays as it is.</summary>
/// <remarks>
/// 1. Read all of it.   With a mistake anywhere nothing changes.
/// 2. Remove.           No new requests at once; those inside are finished within the grace period, then the workers stop.
/// 3. Add.              Beside the others; also what had failed, which may not fail again.
/// 4. Replace.          The successor takes the requests when it answers, then the old one is retired. If it does not, the old one goes on.
/// </remarks>
/// <param name="models">The models.</param>
/// <param name="loader">Makes new ones.</param>
/// <param name="watch">Tells when the configuration was written.</param>
/// <param name="factory">Reads it.</param>
/// <param name="started">What the host was started with.</param>
/// <param name="logger">The log.</param>
internal sealed class ModelReload(
    ModelRegistry models, ModelLoader loader, ConfigurationWatch watch, IOptionsFactory<BridgeOptions> factory, BridgeOptions started, ILogger<ModelReload> logger)
{
    // Between the look whether a name is free and its taking no other model may take it.
    private readonly Lock naming = new();

    /// <summary>Applies every change until the host stops.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        // Nobody waited for what must be fetched when the host started.
        if (loader.MayFetch)
        {
            await ApplyAsync(started, stopping).ConfigureAwait(false);
        }

        while (true)
        {
            await watch.ChangedAsync(stopping).ConfigureAwait(false);
            if (TryRead() is { } next)
            {
                await ApplyAsync(next, stopping).ConfigureAwait(false);
            }
        }
    }

    private BridgeOptions? TryRead()
    {
        try
        {
            return factory.Create(Options.DefaultName);
        }
        catch (Exception error)
        {
            // Mistakes as a rule; but an application's own code takes part in reading, and whatever it throws must not end the host.
            Log.ReloadRefused(logger, error.Message);
            return null;
        }
    }

    private async Task ApplyAsync(BridgeOptions next, CancellationToken stopping)
    {
        if (OptionsTree.Differences(started, next) is { Count: > 0 } fixedOnes)
        {
            Log.NeedsRestart(logger, string.Join(", ", fixedOnes.Select(path => $"{BridgeOptions.Section}:{path}")));
        }

        var changes = ModelChanges.Between(models.Further, next.Models);
        foreach (var model in changes.Removed)
        {
            models.Remove(model);
        }

        try
        {
            await Task.WhenAll(
                [
                    .. changes.Removed.Select(model => RemoveAsync(model, stopping)),
                    .. changes.Added.Select(options => AddAsync(options, null, next, stopping)),
                    .. changes.Failed.Select(change => AddAsync(change.Options, change.Old, next, stopping)),
                    .. changes.Changed.Select(change => ReplaceAsync(change.Old, change.Options, next, stopping)),
                ]).ConfigureAwait(false);
        }
        catch (Exception error) when (!stopping.IsCancellationRequested)
        {
            Log.ReloadFailed(logger, error);
        }
    }

    private async Task RemoveAsync(HostedModel model, CancellationToken stopping)
    {
        Log.ModelRemoved(logger, model.Id, model.Options.Supervision.GracePeriod);
        await RetireAsync(model, stopping).ConfigureAwait(false);
    }

    private async Task AddAsync(ModelOptions options, HostedModel? failed, BridgeOptions all, CancellationToken stopping)
    {
        var missing = await FetchAsync(options, stopping).ConfigureAwait(false);
        HostedModel model;
        lock (naming)
        {
            model = missing is null ? loader.LoadFurther(options, all, models.All) : loader.Fail(options, missing);
            if (failed is null)
            {
                models.Add(model);
            }
            else
            {
                models.Replace(failed, model);
            }
        }

        if (model.Runtime is { } runtime)
        {
            Log.ModelAdded(logger, model.Id);
            await StartAsync(runtime, stopping).ConfigureAwait(false);
        }
    }

    private async Task ReplaceAsync(HostedModel old, ModelOptions options, BridgeOptions all, CancellationToken stopping)
    {
        Log.ModelReplacing(logger, old.Id, string.Join(", ", OptionsTree.Differences(old.Options, options)));
        var missing = await FetchAsync(options, stopping).ConfigureAwait(false);
        var successor = missing is null ? loader.LoadFurther(options, all, models.All.Where(model => model != old)) : loader.Fail(options, missing);
        if (successor.Runtime is not { } runtime)
        {
            Log.ModelNotReplaced(logger, old.Id, successor.Failure!.Message);
        }
        else if (!await AnswersAsync(runtime, old, stopping).ConfigureAwait(false))
        {
            Log.ModelNotReplaced(logger, old.Id, string.Join(' ', runtime.Front.Health.Reasons));
            await runtime.DisposeAsync().ConfigureAwait(false);
        }
        else
        {
            models.Replace(old, successor);
            Log.ModelReplaced(logger, successor.Id);
            await RetireAsync(old, stopping).ConfigureAwait(false);
        }
    }

    // Fetching takes minutes.
    private async Task<string?> FetchAsync(ModelOptions options, CancellationToken stopping)
    {
        var missing = await Task.Run(() => loader.Fetch(options), stopping).ConfigureAwait(false);
        stopping.ThrowIfCancellationRequested();
        return missing;
    }

    /// <returns>Whether the successor answers; or at least does not answer either.</returns>
    private static async Task<bool> AnswersAsync(ModelRuntime successor, HostedModel old, CancellationToken stopping)
    {
        try
        {
            await StartAsync(successor, stopping).ConfigureAwait(false);
            await successor.SettledAsync(stopping).ConfigureAwait(false);
            return successor.Front.Health.State != BridgeState.Unavailable || old.Health.State == BridgeState.Unavailable;
        }
        catch
        {
            await successor.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task StartAsync(ModelRuntime runtime, CancellationToken stopping)
    {
        runtime.Load();
        await runtime.HeadStartAsync(stopping).ConfigureAwait(false);
        runtime.Start();
    }

    private static Task RetireAsync(HostedModel model, CancellationToken stopping) => model.Runtime?.RetireAsync(stopping) ?? Task.CompletedTask;
}
