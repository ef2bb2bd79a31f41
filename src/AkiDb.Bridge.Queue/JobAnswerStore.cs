namespace AkiDb.Bridge.Queue;

/// <summary>Answers that have come, those that are waited for, and what had to go.</summary>
/// <param name="mostBytes">What those may take that nobody has asked for.</param>
internal sealed class JobAnswerStore(long mostBytes)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, (JobAnswer Answer, int Bytes)> kept = [];
    private readonly Dictionary<string, TaskCompletionSource<JobAnswer>> waiting = [];

    // In the order of their coming. Who was given may be asked for again: equal texts are one message.
    private readonly Queue<string> fresh = new();
    private readonly Queue<string> given = new();
    private readonly HashSet<string> gone = [];
    private TaskCompletionSource changed = New();
    private TaskCompletionSource rewind = New();
    private long bytes;

    /// <summary>The answer to a message, now or when it comes.</summary>
    public Task<JobAnswer> WaitAsync(string id)
    {
        lock (gate)
        {
            if (kept.TryGetValue(id, out var entry))
            {
                given.Enqueue(id);
                Pulse();
                return Task.FromResult(entry.Answer);
            }

            if (!waiting.TryGetValue(id, out var waiter))
            {
                waiting.Add(id, waiter = new TaskCompletionSource<JobAnswer>(TaskCreationOptions.RunContinuationsAsynchronously));
            }

            if (gone.Contains(id))
            {
                rewind.TrySetResult();
            }

            Pulse();
            return waiter.Task;
        }
    }

    /// <summary>Takes an answer that has come; returns when there is room for the next.</summary>
    public async Task AddAsync(string id, JobAnswer answer, int size, CancellationToken cancellationToken)
    {
        Task? full;
        lock (gate)
        {
            if (kept.TryAdd(id, (answer, size)))
            {
                bytes += size;
                (waiting.ContainsKey(id) ? given : fresh).Enqueue(id);
            }

            if (waiting.Remove(id, out var waiter))
            {
                waiter.TrySetResult(answer);
            }
        }

        while ((full = MakeRoom()) is not null)
        {
            await full.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Completes when somebody waits for what had to go.</summary>
    public Task RewindAsync()
    {
        lock (gate)
        {
            return rewind.Task;
        }
    }

    /// <summary>The stream is read from its beginning.</summary>
    /// <returns>Completes when that is needed once more.</returns>
    public Task Rewound()
    {
        lock (gate)
        {
            gone.Clear();
            rewind = New();
            return rewind.Task;
        }
    }

    // Null when there is room.
    private Task? MakeRoom()
    {
        lock (gate)
        {
            while (bytes > mostBytes && given.TryDequeue(out var id))
            {
                Drop(id);
            }

            while (bytes > mostBytes && waiting.Count > 0 && fresh.TryDequeue(out var id))
            {
                Drop(id);
            }

            return bytes > mostBytes && waiting.Count == 0 ? changed.Task : null;
        }
    }

    private void Drop(string id)
    {
        if (kept.Remove(id, out var entry))
        {
            bytes -= entry.Bytes;
            gone.Add(id);
        }
    }

    private void Pulse()
    {
        changed.TrySetResult();
        changed = New();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
