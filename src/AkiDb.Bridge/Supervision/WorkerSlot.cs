using System.ComponentModel;
using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Supervision;

/// <summary>One seat for a worker: fills it, watches it, fills it again.</summary>
/// <remarks>
/// 1. Start the process.        No interpreter: nothing a restart could mend.
/// 2. Shake hands.              Its hello comes before it imports anything heavy.
/// 3. Load and check.           It must serve exactly the space that was asked for.
/// 4. Give it to the pool, and watch it until it dies, hangs or the host stops.
/// 5. Take it out of the pool, end it, back off, start over.
/// </remarks>
internal sealed class WorkerSlot(
    int slot, WorkerBlueprint blueprint, SupervisionOptions options, WorkerPool pool, TimeProvider time, ILogger logger)
{
    private readonly BackOff backOff = new(options.BackOffBase, options.BackOffMax, Random.Shared.NextDouble);
    private volatile SlotStatus status = new(slot, SlotState.Stopped, null, time.GetUtcNow(), 0, null);

    public SlotStatus Status => status;

    /// <summary>Keeps the seat filled until <paramref name="stopping"/> is cancelled.</summary>
    public async Task RunAsync(ProcessThread thread, CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                MoveTo(SlotState.Starting);
                var ending = await LiveAsync(thread, stopping).ConfigureAwait(false);
                stopping.ThrowIfCancellationRequested();
                await Task.Delay(PlanRestart(ending), time, stopping).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            MoveTo(SlotState.Stopped);
            Log.Stopped(logger, slot);
        }
    }

    private async Task<WorkerEnding> LiveAsync(ProcessThread thread, CancellationToken stopping)
    {
        var started = time.GetTimestamp();
        WorkerCommand? command = null;
        WorkerProcess? process = null;
        long? readySince = null;
        try
        {
            command = await blueprint.Command(stopping).ConfigureAwait(false);
            process = await WorkerProcess.StartAsync(thread, command, logger, time, slot).ConfigureAwait(false);
            MoveTo(SlotState.Handshaking, process.Pid);
            await using var connection = new WorkerConnection(process.Input, process.Output, blueprint.MaxFrameBytes, logger);
            var hello = await Handshake.GreetAsync(connection, options.HelloTimeout, time, stopping).ConfigureAwait(false);
            MoveTo(SlotState.Loading);
            var ready = await Handshake.LoadAsync(
                connection, blueprint, options.LoadTimeout, progress => Log.Loading(logger, slot, progress.Stage, progress.Fraction), time, stopping)
                .ConfigureAwait(false);
            var worker = new Worker(slot, connection, ready.Dimension, ready.Dtype);
            if (await blueprint.Accept(worker, stopping).ConfigureAwait(false) is { } refusal)
            {
                throw refusal.IsTransient ? new ProtocolException(refusal.Message) : new BridgeException(refusal);
            }

            readySince = time.GetTimestamp();
            MoveTo(SlotState.Ready);
            Log.Ready(
                logger, slot, process.Pid, ready.Encoder, ready.Device, ready.Dtype, hello.Python,
                ready.Libraries.GetValueOrDefault("torch", "?"), time.GetElapsedTime(started).TotalMilliseconds);
            pool.Add(worker);
            try
            {
                var reason = await WorkerWatch.RunAsync(connection, process.Exited, options, time, stopping).ConfigureAwait(false);
                pool.Remove(worker);
                return await EndAsync(process, reason, Served()).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                MoveTo(SlotState.Draining);
                pool.Remove(worker);
                await DrainAsync(process, connection).ConfigureAwait(false);
                throw;
            }
            finally
            {
                pool.Remove(worker);
            }
        }
        catch (BridgeException error)
        {
            return new WorkerEnding(error.Message, Misconfigured: true, Served(), process?.LastStderr ?? []);
        }
        catch (Win32Exception error)
        {
            return new WorkerEnding(
                $"The workers' Python could not be started: {error.Message} Set AKIDB_EMBEDDING_PYTHON_PATH to an interpreter that can import torch.",
                Misconfigured: true, Served(), []);
        }
        catch (Exception error) when (error is TimeoutException or ProtocolException or IOException or ObjectDisposedException)
        {
            if (process is null)
            {
                return new WorkerEnding($"The workers' Python could not be started: {error.Message}", Misconfigured: true, Served(), []);
            }

            var ending = await EndAsync(process, error.Message, Served()).ConfigureAwait(false);
            return status.State == SlotState.Handshaking && MissingModule.Explain(command!.Executable, ending.Stderr) is { } missing
                ? ending with { Reason = missing, Misconfigured = true }
                : ending;
        }
        finally
        {
            if (process is not null)
            {
                await process.DisposeAsync().ConfigureAwait(false);
            }
        }

        TimeSpan Served() => readySince is { } since ? time.GetElapsedTime(since) : TimeSpan.Zero;
    }

    // A pipe that closed usually means that the process is about to be reaped: its exit code says more than the pipe does.
    private async Task<WorkerEnding> EndAsync(WorkerProcess process, string reason, TimeSpan served)
    {
        await ((Task)process.Exited).WaitAsync(TimeSpan.FromMilliseconds(200), time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var how = process.Exited.IsCompleted ? $"{reason} The process ended with {await process.Exited.ConfigureAwait(false)}." : $"{reason} It was killed.";
        process.Kill();
        return new WorkerEnding(how, Misconfigured: false, served, process.LastStderr);
    }

    private async Task DrainAsync(WorkerProcess process, WorkerConnection connection)
    {
        using var grace = new CancellationTokenSource(options.GracePeriod, time);
        try
        {
            await connection.ShutDownAsync(grace.Token).ConfigureAwait(false);
            await process.Exited.WaitAsync(grace.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (grace.IsCancellationRequested)
        {
            Log.GracePeriodOver(logger, slot, options.GracePeriod);

            // Before its pipes are closed: a write that it does not read would hold them open.
            process.Kill();
        }
    }

    private TimeSpan PlanRestart(WorkerEnding ending)
    {
        if (ending.Served >= options.GoodService.Value)
        {
            backOff.Reset();
        }

        var delay = ending.Misconfigured ? options.MisconfiguredRetry.Value : backOff.Next();
        status = status with { Pid = null, Restarts = status.Restarts + 1, LastEnd = ending.Reason };
        MoveTo(SlotState.BackingOff);
        if (ending.Misconfigured)
        {
            pool.ReportOutage(new BridgeError(BridgeErrorKind.NoEngine, ending.Reason) { RetryAfter = delay });
            Log.Misconfigured(logger, slot, ending.Reason, delay);
        }
        else
        {
            Log.Died(logger, slot, ending.Reason, delay, string.Join(" | ", ending.Stderr.TakeLast(5)));
        }

        return delay;
    }

    private void MoveTo(SlotState to, int? pid = null)
    {
        var from = status.State;
        if (!SlotTransitions.Allows(from, to))
        {
            throw new InvalidOperationException($"A slot may not move from {from} to {to}.");
        }

        status = status with { State = to, Since = time.GetUtcNow(), Pid = to is SlotState.Stopped ? null : pid ?? status.Pid };
        Log.Moved(logger, slot, from, to);
    }
}
