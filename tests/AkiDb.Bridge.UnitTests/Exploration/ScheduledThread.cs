namespace AkiDb.Bridge.UnitTests.Exploration;

/// <summary>A thread of the code under test that runs what waits on it in an order that the schedule chooses, one thing after the other.</summary>
internal sealed class ScheduledThread(Schedule schedule, string name) : SynchronizationContext
{
    private bool busy;

    /// <summary>Begins to run on it.</summary>
    public void Begin(Action work) => Run(_ => work(), null);

    /// <inheritdoc/>
    public override void Post(SendOrPostCallback d, object? state) => schedule.Offer(name, () => Run(d, state));

    /// <inheritdoc/>
    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override SynchronizationContext CreateCopy() => this;

    private void Run(SendOrPostCallback callback, object? state)
    {
        if (busy)
        {
            // It is in the middle of something.
            Post(callback, state);
            return;
        }

        busy = true;
        SetSynchronizationContext(this);
        try
        {
            callback(state);
        }
        finally
        {
            SetSynchronizationContext(null);
            busy = false;
        }
    }
}
