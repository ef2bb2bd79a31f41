namespace AkiDb.Bridge.Admission;

/// <summary>What all requests of the host take up together, from their first byte to their last: bounded in sum, and fair by caller.</summary>
/// <remarks>
/// Whoever receives a request opens its account before the first byte of the body is kept, and disposes it when the answer was written or the caller
/// has gone. In between everybody charges what begins to exist before it exists, and gives back what is gone before the request is.
/// </remarks>
internal sealed class ResourceLedger(AdmissionOptions options)
{
    private readonly Lock gate = new();
    private readonly FairBudget[] budgets =
    [
        new(options.BodyBytes > 0 ? options.BodyBytes : ShareOfMemory(16, Megabytes(24), Megabytes(512))),
        new(options.Characters > 0 ? options.Characters : ShareOfMemory(32, Megabytes(16), Megabytes(256))),
        new(options.AnswerBytes > 0 ? options.AnswerBytes : ShareOfMemory(8, Megabytes(48), Megabytes(1024))),
    ];

    /// <summary>Opens the account of one request.</summary>
    /// <param name="caller">Who sent it: its key, else its remote address; null for a caller in this process.</param>
    /// <param name="allowance">How many tokens its key gets; null for any number.</param>
    public RequestAccount Open(string? caller, CallerAllowance? allowance = null) => new(this, caller ?? "", allowance);

    public long Used(SharedResource resource)
    {
        lock (gate)
        {
            return budgets[(int)resource].Used;
        }
    }

    public bool TryTake(SharedResource resource, string caller, long amount, long own)
    {
        lock (gate)
        {
            var budget = budgets[(int)resource];
            return budget.TryTake(caller, amount, own, budget.Limit);
        }
    }

    public void GiveBack(SharedResource resource, string caller, long amount)
    {
        lock (gate)
        {
            budgets[(int)resource].GiveBack(caller, amount);
        }
    }

    // The limit of a control group is what the process may have.
    private static long ShareOfMemory(int part, long least, long most) => Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / part, least, most);

    private static long Megabytes(int megabytes) => megabytes * 1024L * 1024;
}
