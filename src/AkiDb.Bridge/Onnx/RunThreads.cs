using System.Globalization;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Onnx;

/// <summary>The engine's own threads, one for each core: a run blocks its thread, and the thread pool's are not ours to block.</summary>
internal sealed class RunThreads
{
    private readonly RunQueue queue;
    private readonly OnnxSessions sessions;

    public RunThreads(RunQueue queue, OnnxSessions sessions, OnnxModel graph, TransformerModel model, int count)
    {
        this.queue = queue;
        this.sessions = sessions;
        Ended = Task.WhenAll(Enumerable.Range(0, count).Select(number => Start(number, new Runner(graph, model))));
    }

    /// <summary>Ends when the queue is closed and empty, and every run is over.</summary>
    public Task Ended { get; }

    private Task Start(int number, Runner runner)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            using (runner)
            {
                RunAll(runner);
            }

            ended.SetResult();
        })
        {
            IsBackground = true,
            Name = string.Create(CultureInfo.InvariantCulture, $"akidb-onnx-{number}"),
        }.Start();
        return ended.Task;
    }

    private void RunAll(Runner runner)
    {
        while (queue.Take() is { } permit)
        {
            BridgeError? error = null;
            try
            {
                runner.Run(permit.Wide ? sessions.Wide : sessions.Narrow, permit.Call, permit.Batch);
            }
            catch (Exception exception)
            {
                error = OnnxFailure.OfRun(exception);
            }

            queue.Release(permit, error);
            if (permit.Wide)
            {
                // After the answer, never before it.
                sessions.Widen();
            }
        }
    }
}
