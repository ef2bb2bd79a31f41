namespace AkiDb.Bridge.Workers;

/// <summary>Someone who waits for a lease on a worker.</summary>
/// <param name="waitForComing">Whether it waits even when there is no worker at all, for one to come.</param>
internal sealed class LeaseWaiter(bool waitForComing) : TaskCompletionSource<WorkerLease?>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public bool WaitForComing { get; } = waitForComing;
}
