using AkiDb.Bridge.Processes;
using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Supervision;

/// <summary>Starts a worker, up to the point where it may be given work.</summary>
/// <remarks>
/// 1. Start the process.        No interpreter: nothing a restart could mend.
/// 2. Shake hands.              Its hello comes before it imports anything heavy.
/// 3. Load and check.           It must serve exactly the space that was asked for, and compute the probe's vectors.
/// </remarks>
internal sealed class WorkerStarter(int slot, WorkerBlueprint blueprint, SupervisionOptions options, TimeProvider time, ILogger logger)
{
    /// <summary>Starts a worker. Whatever fails on the way, memory or descriptors of the host included, is the end of this worker and of nothing else.</summary>
    /// <param name="launcher">Starts the process.</param>
    /// <param name="background">Whether it leaves the processor to others until it is ready: nobody waits for it.</param>
    /// <param name="report">Told of every step, and of the process that takes it.</param>
    /// <param name="stopping">The host stops.</param>
    /// <returns>A worker that is ready, or why there is none.</returns>
    public async Task<(WorkerInstance? Instance, WorkerEnd? End)> RunAsync(
        IWorkerLauncher launcher, bool background, Action<SlotState, int?> report, CancellationToken stopping)
    {
        report(SlotState.Starting, null);
        IWorkerProcess? process = null;
        try
        {
            process = await launcher.LaunchAsync(slot, background, stopping);
            var instance = new WorkerInstance(process, blueprint.MaxFrameBytes, blueprint.ReadReplies, time, logger);
            var symptom = await BringUpAsync(instance, report, stopping);
            return symptom is null ? (instance, null) : (null, await EndAsync(instance, symptom));
        }
        catch (BridgeException error)
        {
            return (null, new WorkerEnd(error.Message) { Misconfigured = true });
        }
        catch (Exception error) when (!stopping.IsCancellationRequested)
        {
            // The machine is short of something: memory, processes, descriptors. It may have it again a moment later.
            await DisposeAsync(process);
            return (null, new WorkerEnd($"No worker could be started: {error.Message}"));
        }
        catch
        {
            await DisposeAsync(process);
            throw;
        }
    }

    // A GPU is only busy with many tokens at once; on a processor more than 512 are no faster, and who comes next waits longer.
    private static int BatchTokensOf(string device) => device.StartsWith("cpu", StringComparison.Ordinal) ? 512 : 16_384;

    private static ValueTask DisposeAsync(IAsyncDisposable? process) => process?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <returns>Why the worker is of no use; null when it is ready.</returns>
    private async Task<Symptom?> BringUpAsync(WorkerInstance instance, Action<SlotState, int?> report, CancellationToken stopping)
    {
        try
        {
            report(SlotState.Handshaking, instance.Pid);
            await GreetAsync(instance, stopping);
            report(SlotState.Loading, instance.Pid);
            return await LoadWatchedAsync(instance, stopping);
        }
        catch (BridgeException error)
        {
            return new Symptom(error.Message) { Misconfigured = true };
        }
        catch (Exception error) when (!stopping.IsCancellationRequested)
        {
            return new Symptom(error.Message);
        }
        catch
        {
            await instance.DisposeAsync();
            throw;
        }
    }

    private async Task<WorkerEnd> EndAsync(WorkerInstance instance, Symptom symptom)
    {
        await using (instance)
        {
            var end = await CrashReporter.ExamineAsync(instance, symptom, time);
            return instance.Hello is null && MissingModule.Explain(instance.Process.Executable, instance.Process.LastStderr) is { } missing
                ? end with { Reason = missing, Misconfigured = true }
                : end;
        }
    }

    private async Task GreetAsync(WorkerInstance instance, CancellationToken stopping)
    {
        var hello = await Handshake.GreetAsync(instance.Connection, options.HelloTimeout, time, stopping);
        if (!instance.RecordHello(hello))
        {
            Log.ForeignProcess(logger, slot, hello.Pid, instance.Pid);
        }
    }

    // Whoever imports a library may leave a ping unanswered for long; only one who was stopped is known not to move.
    private async Task<Symptom?> LoadWatchedAsync(WorkerInstance instance, CancellationToken stopping)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var loading = LoadAsync(instance, over.Token);
        var stopped = ProcessState.StoppedAsync(instance.Pid, options.PingInterval, options.PingTimeout, time, over.Token);
        var first = await Task.WhenAny(loading, stopped, instance.Process.Flooded);
        over.Cancel();
        await Task.WhenAll(loading, stopped).WithoutThrowing();
        if (first == instance.Process.Flooded)
        {
            return new Symptom(await instance.Process.Flooded) { Alive = true };
        }

        await first;
        return first == stopped
            ? new Symptom($"The worker was stopped while it loaded its model, and was not continued within {options.PingTimeout}.")
            : null;
    }

    private async Task LoadAsync(WorkerInstance instance, CancellationToken cancellationToken)
    {
        var ready = await Handshake.LoadAsync(
            instance.Connection, blueprint, options.LoadTimeout, progress => Log.Loading(logger, slot, progress.Stage, progress.Fraction), time, cancellationToken);
        instance.RecordLoaded(new Worker(slot, instance.Connection, blueprint.Load.Model.RowValues, ready.Dtype, time)
        {
            BatchTokens = BatchTokensOf(ready.Device) * blueprint.Load.Model.IdsPerToken,
        });
        if (await instance.ProbeAsync(blueprint, cancellationToken) is { } refusal)
        {
            throw refusal.IsTransient ? new ProtocolException(refusal.Message) : new BridgeException(refusal);
        }

        instance.RecordReady();
        Log.Ready(
            logger, slot, instance.Pid, ready.Encoder, ready.Device, ready.Dtype, instance.Hello!.Python,
            ready.Libraries.GetValueOrDefault("torch", "?"), instance.Uptime.TotalMilliseconds);
    }
}
