namespace AkiDb.Bridge.Supervision;

/// <summary>The thread of one model's supervision: its timers fire there, and what waits goes on there, one thing after the other, though requests hold every thread of the pool.</summary>
internal sealed class SupervisionThread : TimeProvider, IDisposable
{
    private readonly object gate = new();
    private readonly PriorityQueue<(Timer Timer, long Version), long> due = new();
    private readonly Queue<(SendOrPostCallback Callback, object? State)> posted = new();
    private readonly Thread thread;
    private bool disposed;

    public SupervisionThread()
    {
        thread = new Thread(Run) { IsBackground = true, Name = "akidb-supervision" };
        thread.UnsafeStart();
    }

    /// <summary>Runs something here, up to its end. Everything that it awaits without leaving its context goes on here too.</summary>
    public Task RunAsync(Func<Task> work)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(_ => work().ContinueWith(ended.SetFromTask, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default), null);
        return ended.Task;
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Ends the thread; no timer fires any more. Whatever still waits goes on on the thread pool.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            disposed = true;
            Monitor.Pulse(gate);
        }

        if (Thread.CurrentThread != thread)
        {
            thread.Join();
        }
    }

    private void Post(SendOrPostCallback callback, object? state)
    {
        lock (gate)
        {
            if (!disposed)
            {
                posted.Enqueue((callback, state));
                Monitor.Pulse(gate);
                return;
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(static work => work.callback(work.state), (callback, state), preferLocal: false);
    }

    private void Run()
    {
        SynchronizationContext.SetSynchronizationContext(new Context(this));
        while (Next() is { } next)
        {
            next.Callback(next.State);
        }
    }

    /// <returns>What is to be done now; null when this was disposed and nothing is left.</returns>
    private (SendOrPostCallback Callback, object? State)? Next()
    {
        lock (gate)
        {
            while (true)
            {
                if (posted.TryDequeue(out var next))
                {
                    return next;
                }

                if (disposed)
                {
                    return null;
                }

                if (!due.TryPeek(out var timer, out var at))
                {
                    Monitor.Wait(gate);
                    continue;
                }

                var left = at - Environment.TickCount64;
                if (left > 0)
                {
                    Monitor.Wait(gate, (int)Math.Min(left, int.MaxValue));
                    continue;
                }

                due.Dequeue();
                if (timer.Timer.IsCurrent(timer.Version))
                {
                    return (static timer => ((Timer)timer!).Fire(), timer.Timer);
                }
            }
        }
    }

    /// <summary>What awaits on the thread goes on on it.</summary>
    private sealed class Context(SupervisionThread thread) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => thread.Post(d, state);

        public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException();

        public override SynchronizationContext CreateCopy() => this;
    }

    /// <summary>One timer; the thread's lock guards it.</summary>
    private sealed class Timer(SupervisionThread thread, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan period;
        private long version;

        /// <inheritdoc/>
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (thread.gate)
            {
                this.period = period;
                version++;
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    thread.due.Enqueue((this, version), Environment.TickCount64 + (long)Math.Ceiling(dueTime.TotalMilliseconds));
                    Monitor.Pulse(thread.gate);
                }

                return true;
            }
        }

        public bool IsCurrent(long scheduled) => scheduled == version;

        public void Fire()
        {
            if (period > TimeSpan.Zero)
            {
                Change(period, period);
            }

            callback(state);
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
