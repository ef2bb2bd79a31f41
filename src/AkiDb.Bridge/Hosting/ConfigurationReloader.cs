using AkiDb.Bridge.Configuration;
using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Requests;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.Hosting;

/// <summary>Makes the further models of the host those of the configuration: when it starts, and whenever the configuration is written.</summary>
/// <remarks>
/// 1. Read all of it.   With an error anywhere, or while a file is missing, nothing changes.
/// 2. Remove.           No new requests at once; those inside are finished within the grace period, then the workers stop.
/// 3. Add.              Beside the others; also what had failed, which may not fail again.
/// 4. Replace.          The new one takes the requests when it answers, then the old one is retired. If it does not answer, the old one goes on.
/// Each model changes by itself: one that cannot be read to its end holds up neither the others nor the next configuration.
/// An entry is known by its model: a list of entries may lose its first one, and the others stay what they are.
/// </remarks>
internal sealed class ConfigurationReloader(
    ModelRegistry models,
    ConfigurationSource source,
    TokenizingThreads tokenizing,
    IOptions<BridgeOptions> started,
    TimeProvider time,
    ILoggerFactory loggers,
    ILogger<ConfigurationReloader> logger) : IDisposable
{
    private readonly Dictionary<string, ModelChange> changes = [];
    private readonly CancellationTokenSource stopping = new();

    /// <summary>Begins to add what the host is started with, and returns at once.</summary>
    public void Begin() => Apply(started.Value);

    /// <summary>Follows the configuration until <paramref name="cancellationToken"/> is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await source.NextAsync(cancellationToken).ConfigureAwait(false) is { } next)
            {
                if (OptionsTree.Differences(started.Value, next) is { Count: > 0 } fixedOnes)
                {
                    Log.NeedsRestart(logger, string.Join(", ", fixedOnes.Select(path => $"{BridgeOptions.Section}:{path}")));
                }

                Apply(next);
            }
        }
    }

    /// <summary>Gives up what is being changed; returns when nothing is any more.</summary>
    public async Task StopAsync()
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(changes.Values.Select(change => change.Done)).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => stopping.Dispose();

    private void Apply(BridgeOptions next)
    {
        var wanted = next.Models.ToDictionary(entry => entry.Value.Model, entry => entry.Value);
        foreach (var model in models.Further.Select(model => model.Options.Model).Concat(changes.Keys).Except(wanted.Keys).ToList())
        {
            Change(model, null, next);
        }

        foreach (var (model, options) in wanted)
        {
            Change(model, options, next);
        }
    }

    // What is on its way to the same end goes on; to another end, it is given up first.
    private void Change(string model, ModelOptions? options, BridgeOptions all)
    {
        var last = changes.GetValueOrDefault(model);
        if (last is { Done.IsCompleted: false })
        {
            if (last.Options is { } same && options is not null && OptionsTree.Differences(same, options).Count == 0)
            {
                return;
            }

            last.GiveUp();
        }

        var change = new ModelChange(options, stopping.Token);
        changes[model] = change;
        change.Done = ChangeAsync(model, change, last?.Done ?? Task.CompletedTask, all);
    }

    private async Task ChangeAsync(string model, ModelChange change, Task before, BridgeOptions all)
    {
        try
        {
            var hosted = models.Further.FirstOrDefault(one => one.Options.Model == model);
            if (change.Options is not { } options)
            {
                await RemoveAsync(model, hosted, before).ConfigureAwait(false);
                return;
            }

            if (!before.IsCompleted)
            {
                await before.ConfigureAwait(false);
                hosted = models.Further.FirstOrDefault(one => one.Options.Model == model);
            }

            if (hosted is null || hosted.Failure is not null)
            {
                await AddAsync(options, hosted, all, change.Token).ConfigureAwait(false);
            }
            else if (OptionsTree.Differences(hosted.Options, options).Count > 0)
            {
                await ReplaceAsync(hosted, options, all, change.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (change.Token.IsCancellationRequested)
        {
            // Another change of the same model follows, or the host stops.
        }
        catch (Exception error)
        {
            Log.ReloadFailed(logger, error);
        }
    }

    private async Task RemoveAsync(string model, ModelHost? hosted, Task before)
    {
        while (hosted is not null)
        {
            models.Remove(hosted);
            Log.ModelRemoved(logger, hosted.Id, hosted.Options.Supervision.GracePeriod);
            await hosted.RetireAsync(stopping.Token).ConfigureAwait(false);
            await before.ConfigureAwait(false);

            // It may just have been replaced.
            hosted = models.Further.FirstOrDefault(one => one.Options.Model == model);
        }
    }

    private async Task AddAsync(ModelOptions options, ModelHost? failed, BridgeOptions all, CancellationToken cancellationToken)
    {
        var model = Create(options);
        models.Add(model, failed);
        try
        {
            await model.ReadAsync(BuilderOf(options, all), cancellationToken).ConfigureAwait(false);
            if (models.TryOpen(model) is { } shared)
            {
                Fail(model, Shared(shared));
                return;
            }

            Log.ModelAdded(logger, model.Id);
            model.Start();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            models.Remove(model);
            await model.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        catch (Exception error)
        {
            // Whatever a folder can hold: the other models must not stumble over it.
            Fail(model, error.Message);
        }
    }

    private async Task ReplaceAsync(ModelHost old, ModelOptions options, BridgeOptions all, CancellationToken cancellationToken)
    {
        Log.ModelReplacing(logger, old.Id, string.Join(", ", OptionsTree.Differences(old.Options, options)));
        var model = Create(options);
        string? reason;
        try
        {
            await model.ReadAsync(BuilderOf(options, all), cancellationToken).ConfigureAwait(false);
            model.Start();
            await model.SettledAsync(cancellationToken).ConfigureAwait(false);

            // At least it answers no less than the old one.
            reason = model.State == BridgeState.Unavailable && old.State != BridgeState.Unavailable
                ? string.Join(' ', model.Status.Reasons)
                : models.TryOpen(model, old) is { } shared ? Shared(shared) : null;
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            reason = error.Message;
        }
        catch
        {
            await model.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        if (reason is not null)
        {
            Log.ModelNotReplaced(logger, old.Id, reason);
        }
        else if (models.All.Contains(model))
        {
            Log.ModelReplaced(logger, model.Id);
            await old.RetireAsync(stopping.Token).ConfigureAwait(false);
            return;
        }

        await model.DisposeAsync().ConfigureAwait(false);
    }

    private ModelHost Create(ModelOptions options) => new(options, time, loggers.CreateLogger<ModelHost>());

    private ModelHostBuilder BuilderOf(ModelOptions options, BridgeOptions all) =>
        new(options, all, tokenizing, time, new NamedLoggers(loggers, Models.ModelName.OfConfigured(options.Model).ShortName));

    private void Fail(ModelHost model, string reason)
    {
        model.Fail(reason);
        Log.ModelFailed(logger, model.Failure!.Message);
    }

    private static string Shared((string Name, ModelHost Taken) shared) =>
        $"'{shared.Name}' means {shared.Taken.Id} already, and a request must be able to tell models apart. Give its folder another name.";
}
