using AkiDb.Bridge.Models;
using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.Workers;

namespace AkiDb.Bridge.Supervision;

/// <summary>From a process that has just been started to a worker that serves exactly the model it was asked for.</summary>
internal static class Handshake
{
    /// <summary>Waits for the hello and judges it.</summary>
    /// <exception cref="BridgeException">The worker cannot serve this host, and a restart would not change that.</exception>
    /// <exception cref="TimeoutException">No hello in time.</exception>
    /// <exception cref="ProtocolException">The worker died, or said something else.</exception>
    public static async Task<HelloMessage> GreetAsync(WorkerConnection connection, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            var hello = await connection.ReceiveHelloAsync(either.Token);
            return hello.ProtocolMin <= ProtocolVersion.Current && hello.ProtocolMax >= ProtocolVersion.Current
                ? hello
                : throw new BridgeException(
                    BridgeErrorKind.BadModel,
                    $"The worker speaks protocol {hello.ProtocolMin} to {hello.ProtocolMax}, this host {ProtocolVersion.Current}. Install the akidb_worker that came with this host.");
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw new TimeoutException($"The worker said no hello within {timeout}.");
        }
    }

    /// <summary>Has the worker load the model, and compares what it serves with what was asked for.</summary>
    /// <inheritdoc cref="GreetAsync" path="/exception"/>
    public static async Task<ReadyMessage> LoadAsync(
        WorkerConnection connection, WorkerBlueprint blueprint, TimeSpan timeout, Action<ProgressMessage> onProgress, TimeProvider time, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            var load = await blueprint.SealAsync(either.Token);
            var (ready, error) = await connection.LoadAsync(load, Report, either.Token);
            if (error is not null)
            {
                error = error with { Message = load.Readable(error.Message) };
                throw error.Retryable
                    ? new ProtocolException(error.Message)
                    : new BridgeException(WorkerErrors.OfLoad(error));
            }

            var fingerprint = await blueprint.Fingerprint.WaitAsync(either.Token);
            return Mismatch(ready!, blueprint, fingerprint.Weights) is { } mismatch
                ? throw new BridgeException(BridgeErrorKind.BadModel, $"The worker loaded another model than it was asked for: {mismatch}.")
                : ready!;
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw new TimeoutException($"The worker made no progress in loading its model for {timeout}.");
        }

        void Report(ProgressMessage progress)
        {
            deadline.CancelAfter(timeout);
            onProgress(progress);
        }
    }

    private static string? Mismatch(ReadyMessage ready, WorkerBlueprint blueprint, string weights)
    {
        var model = blueprint.Load.Model;
        if (ready.WeightsSha256 != weights)
        {
            return $"weights {ready.WeightsSha256} instead of {weights}";
        }

        if (ready.Dimension != model.Dimension)
        {
            return $"dimension {ready.Dimension} instead of {model.Dimension}";
        }

        if (ready.Encoder != blueprint.Load.Encoder)
        {
            return $"by the encoder {ready.Encoder} instead of {blueprint.Load.Encoder}";
        }

        // The library pools and cuts as it understands the folder.
        if (model is TokenizedModel && ready.Pooling != model.PoolingName)
        {
            return $"pooling {ready.Pooling} instead of {model.PoolingName}";
        }

        // Anything quantised is another space.
        if (ready.Dtype is not ("float32" or "bfloat16" or "float16"))
        {
            return $"precision {ready.Dtype} instead of float32, bfloat16 or float16";
        }

        return model is TokenizedModel && ready.MaxTokens < model.MaxTokens ? $"at most {ready.MaxTokens} tokens instead of {model.MaxTokens}" : null;
    }
}
