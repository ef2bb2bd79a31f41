using System.ComponentModel;
using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Supervision;

/// <summary>Brings a worker up, to the point where it may be given work.</summary>
/// <remarks>
/// 1. Start the process.        No interpreter: nothing a restart could mend.
/// 2. Shake hands.              Its hello comes before it imports anything heavy.
/// 3. Load and check.           It must serve exactly the space that was asked for, and compute the probe's vectors.
/// </remarks>
internal sealed class WorkerBirth(int slot, WorkerBlueprint blueprint, SupervisionOptions options, TimeProvider time, ILogger logger)
{
    /// <summary>Brings a worker up.</summary>
    /// <param name="launcher">Starts the process.</param>
    /// <param name="background">Whether it leaves the processor to others until it is ready: nobody waits for it.</param>
    /// <param name="report">Told of every step, and of the process that takes it.</param>
    /// <param name="stopping">The host stops.</param>
    /// <returns>A worker that is ready, or why there is none.</returns>
    public async Task<(WorkerLife? Life, WorkerEnding? Ending)> RunAsync(
        IWorkerLauncher launcher, bool background, Action<SlotState, int?> report, CancellationToken stopping)
    {
        report(SlotState.Starting, null);
        IWorkerProcess process;
        try
        {
            process = await launcher.LaunchAsync(slot, background, stopping).ConfigureAwait(false);
        }
        catch (BridgeException error)
        {
            return (null, new WorkerEnding(error.Message) { Misconfigured = true });
        }
        catch (Win32Exception error)
        {
            return (null, NotStarted($"{error.Message} Set AKIDB_EMBEDDING_PYTHON_PATH to an interpreter that can import torch."));
        }
        catch (Exception error) when (error is TimeoutException or IOException or ObjectDisposedException)
        {
            return (null, NotStarted(error.Message));
        }

        var life = new WorkerLife(process, blueprint.MaxFrameBytes, time, logger);
        WorkerEnding ending;
        try
        {
            await BringUpAsync(life, report, stopping).ConfigureAwait(false);
            return (life, null);
        }
        catch (BridgeException error)
        {
            ending = await PostMortem.ExamineAsync(life, new WatchEnd(error.Message), time, misconfigured: true).ConfigureAwait(false);
        }
        catch (Exception error) when (error is TimeoutException or ProtocolException or IOException or ObjectDisposedException)
        {
            ending = await PostMortem.ExamineAsync(life, new WatchEnd(error.Message), time).ConfigureAwait(false);
            if (life.Hello is null && MissingModule.Explain(process.Executable, process.LastStderr) is { } missing)
            {
                ending = ending with { Reason = missing, Misconfigured = true };
            }
        }
        catch
        {
            await life.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        await life.DisposeAsync().ConfigureAwait(false);
        return (null, ending);
    }

    // A GPU is only busy with many tokens at once; on a processor more than 512 are no faster, and who comes next waits longer.
    private static int BatchTokensOf(string device) => device.StartsWith("cpu", StringComparison.Ordinal) ? 512 : 16_384;

    private static WorkerEnding NotStarted(string why) => new($"The workers' Python could not be started: {why}") { Misconfigured = true };

    private async Task BringUpAsync(WorkerLife life, Action<SlotState, int?> report, CancellationToken stopping)
    {
        report(SlotState.Handshaking, life.Pid);
        life.NoteHello(await Handshake.GreetAsync(life.Connection, options.HelloTimeout, time, stopping).ConfigureAwait(false));
        report(SlotState.Loading, life.Pid);

        // Whoever imports a library may leave a ping unanswered for long; only one who was stopped is known not to move.
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var loading = LoadAsync(life, over.Token);
        var stopped = ProcessState.StoppedAsync(life.Pid, options.PingInterval, options.PingTimeout, time, over.Token);
        var first = await Task.WhenAny(loading, stopped).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(loading, stopped).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first.ConfigureAwait(false);
        if (first == stopped)
        {
            throw new TimeoutException($"The worker was stopped while it loaded its model, and was not continued within {options.PingTimeout}.");
        }
    }

    private async Task LoadAsync(WorkerLife life, CancellationToken cancellationToken)
    {
        var ready = await Handshake.LoadAsync(
            life.Connection, blueprint, options.LoadTimeout, progress => Log.Loading(logger, slot, progress.Stage, progress.Fraction), time, cancellationToken)
            .ConfigureAwait(false);
        life.NoteLoaded(new Worker(slot, life.Connection, blueprint.Load.Model.RowValues, ready.Dtype, time)
        {
            BatchTokens = BatchTokensOf(ready.Device) * blueprint.Load.Model.IdsPerToken,
        });
        if (await life.ProbeAsync(blueprint, cancellationToken).ConfigureAwait(false) is { } refusal)
        {
            throw refusal.IsTransient ? new ProtocolException(refusal.Message) : new BridgeException(refusal);
        }

        life.NoteReady();
        Log.Ready(
            logger, slot, life.Pid, ready.Encoder, ready.Device, ready.Dtype, life.Hello!.Python,
            ready.Libraries.GetValueOrDefault("torch", "?"), life.Uptime.TotalMilliseconds);
    }
}
