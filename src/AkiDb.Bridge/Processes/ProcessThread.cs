using System.Collections.Concurrent;

namespace AkiDb.Bridge.Processes;

/// <summary>The one thread that starts worker processes.</summary>
/// <remarks>
/// Linux delivers a child's parent-death signal when the *thread* that forked it ends, not the process. Pool threads come and go,
/// so a worker started from one would be killed some idle minute later. This thread lives as long as the host.
/// </remarks>
internal sealed class ProcessThread : IDisposable
{
    private readonly BlockingCollection<Action> work = [];
    private readonly Thread thread;

    public ProcessThread()
    {
        thread = new Thread(Run) { IsBackground = true, Name = "akidb-process-start" };
        thread.Start();
    }

    /// <summary>Runs <paramref name="start"/> on the thread.</summary>
    public Task<T> RunAsync<T>(Func<T> start)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        work.Add(() =>
        {
            try
            {
                completion.SetResult(start());
            }
            catch (Exception error)
            {
                completion.SetException(error);
            }
        });
        return completion.Task;
    }

    /// <summary>Ends the thread; every process it started must have ended before.</summary>
    public void Dispose()
    {
        if (!work.IsAddingCompleted)
        {
            work.CompleteAdding();
            thread.Join();
            work.Dispose();
        }
    }

    private void Run()
    {
        foreach (var action in work.GetConsumingEnumerable())
        {
            action();
        }
    }
}
