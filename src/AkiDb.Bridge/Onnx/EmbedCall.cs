using AkiDb.Bridge.Engines;
using Microsoft.ML.OnnxRuntime;

namespace AkiDb.Bridge.Onnx;

/// <summary>One call of the in-process engine: its texts, its plan and what has become of it. <see cref="RunQueue"/> guards what changes.</summary>
internal sealed class EmbedCall(TokenBatch batch, Memory<float> rows, CallPlan plan) : IDisposable
{
    private const int LongText = 512;

    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TokenBatch Batch { get; } = batch;

    public Memory<float> Rows { get; } = rows;

    /// <summary>How many of each text's first tokens are not pooled; null for none.</summary>
    public int[]? Skipped { get; init; }

    public CallPlan Plan { get; } = plan;

    /// <summary>The options of this call's runs and of no other's: ending them must not end a neighbour's run.</summary>
    public RunOptions Options { get; } = CreateOptions(plan);

    /// <summary>Ends when no run touches the call's memory any more.</summary>
    public Task Ended => ended.Task;

    /// <summary>Micro-batches that have not started; the longest go first.</summary>
    public int Waiting { get; private set; } = plan.Batches.Count;

    /// <summary>Micro-batches that are running.</summary>
    public int Running { get; private set; }

    public EmbedOutcome Outcome { get; private set; }

    /// <summary>Why, where the call failed.</summary>
    public BridgeError? Error { get; private set; }

    /// <summary>When the first micro-batch started and the last one ended, as time stamps; 0 where none has.</summary>
    public (long Started, long Ended) Computed { get; private set; }

    public MicroBatch Start(long timestamp)
    {
        Computed = (Computed.Started == 0 ? timestamp : Computed.Started, 0);
        Running++;
        return Plan.Batches[--Waiting];
    }

    public void Finish(long timestamp)
    {
        Computed = (Computed.Started, timestamp);
        Running--;
        CompleteIfIdle();
    }

    /// <summary>Drops what has not started and ends what is running; the first reason stays.</summary>
    public void Stop(EmbedOutcome outcome, BridgeError? error)
    {
        if (Outcome != EmbedOutcome.Completed || Ended.IsCompleted)
        {
            return;
        }

        Outcome = outcome;
        Error = error;
        Waiting = 0;
        if (Running > 0)
        {
            Options.Terminate = true;
        }

        CompleteIfIdle();
    }

    public void Dispose() => Options.Dispose();

    private static RunOptions CreateOptions(CallPlan plan)
    {
        var options = new RunOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        if (plan.Batches[^1].Longest > LongText)
        {
            // What one long text needs would be kept for ever, and rounded up to the next power of two at that.
            options.AddRunConfigEntry("memory.enable_memory_arena_shrinkage", "cpu:0");
        }

        return options;
    }

    private void CompleteIfIdle()
    {
        if (Waiting == 0 && Running == 0)
        {
            ended.TrySetResult();
        }
    }
}
