using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Protocol;

namespace AkiDb.Bridge.Workers;

/// <summary>A batch that a worker is to answer: where its rows go, and who waits for them.</summary>
/// <remarks>
/// The reader claims it before it writes the first float; from then on the caller may not take its memory back until the reader has let go.
/// A late answer can therefore never land in memory that serves another request by now.
/// </remarks>
internal sealed class PendingBatch(Memory<float> rows, int count, int dimension)
{
    private readonly TaskCompletionSource<EngineReply> completion = new();
    private readonly Lock gate = new();
    private EngineReply outcome;
    private bool claimed;
    private bool closed;
    private bool ended;

    /// <summary>The answer. Continuations run where <see cref="ReportHere"/> is called.</summary>
    public Task<EngineReply> Reply => completion.Task;

    /// <summary>The reader is about to write into <paramref name="memory"/>.</summary>
    public bool TryClaim(RowsHeader header, out Memory<float> memory)
    {
        if (header.Count != count || header.Dimension != dimension)
        {
            throw new ProtocolException(
                $"The worker answered {header.Count} rows of {header.Dimension} values where {count} rows of {dimension} were asked for.");
        }

        lock (gate)
        {
            // A worker that answers twice, rows after an error included, must not write into memory that the caller uses by now.
            memory = rows;
            var free = !closed && !claimed;
            claimed |= free;
            return free;
        }
    }

    /// <summary>The caller no longer wants the answer.</summary>
    /// <returns>False when rows are arriving right now: <see cref="Reply"/> ends when they have, or when the connection does.</returns>
    public bool TryWithdraw()
    {
        lock (gate)
        {
            closed |= !claimed;
            return !claimed;
        }
    }

    /// <summary>The answer is known: <see cref="ReportHere"/> or <see cref="ReportOnThreadPool"/> is due. False when it was known before.</summary>
    public bool TryEnd(EngineReply reply)
    {
        lock (gate)
        {
            if (ended)
            {
                return false;
            }

            (outcome, closed, ended) = (reply, true, true);
            return true;
        }
    }

    /// <summary>Ends the caller's wait; false when it has ended before.</summary>
    public bool TryComplete(EngineReply reply)
    {
        var first = TryEnd(reply);
        if (first)
        {
            ReportOnThreadPool();
        }

        return first;
    }

    /// <summary>Tells the caller, who goes on here, for as long as it likes.</summary>
    public void ReportHere() => completion.TrySetResult(outcome);

    /// <summary>Tells the caller, who goes on wherever there is a thread.</summary>
    public void ReportOnThreadPool() => ThreadPool.UnsafeQueueUserWorkItem(static batch => batch.ReportHere(), this, preferLocal: false);
}
