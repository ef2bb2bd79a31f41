namespace AkiDb.Bridge.Workers;

/// <summary>Two threads that take turns at a worker's stream.</summary>
/// <remarks>
/// The one that has read rows gives its turn away and goes on with their caller: an answer reaches who waits for it with one change of threads, from
/// the worker's to that one.
/// </remarks>
internal sealed class ReplyThreads
{
    private readonly ReplyReader replies;
    private readonly object turn = new();
    private int waiting;
    private bool taken;

    private ReplyThreads(ReplyReader replies) => this.replies = replies;

    /// <summary>Begins to read. The threads' owner is who waits for <see cref="ReplyReader.StreamEnded"/>.</summary>
    public static void Start(ReplyReader replies)
    {
        var threads = new ReplyThreads(replies);
        for (var thread = 0; thread < 2; thread++)
        {
            new Thread(threads.Run) { IsBackground = true, Name = "akidb-replies" }.UnsafeStart();
        }
    }

    private void Run()
    {
        while (TakeTurn())
        {
            var answered = Read();
            GiveTurn();
            answered?.ReportHere();
        }
    }

    /// <returns>False when there is nothing more to read.</returns>
    private bool TakeTurn()
    {
        lock (turn)
        {
            waiting++;
            while (taken)
            {
                Monitor.Wait(turn);
            }

            waiting--;
            taken = true;
        }

        if (!replies.StreamEnded.IsCompleted)
        {
            return true;
        }

        GiveTurn();
        return false;
    }

    private void GiveTurn()
    {
        lock (turn)
        {
            taken = false;
            Monitor.Pulse(turn);
        }
    }

    // A caller may keep the thread it is told on for as long as it likes; the last one is kept for reading.
    private bool CanSpareThread()
    {
        lock (turn)
        {
            return waiting > 0;
        }
    }

    /// <summary>Reads until there is a caller to go on with.</summary>
    /// <returns>The caller's batch; null when the stream has ended.</returns>
    private PendingBatch? Read()
    {
        while (replies.TryRead(out var answered))
        {
            if (answered is not null && CanSpareThread())
            {
                return answered;
            }

            answered?.ReportOnThreadPool();
        }

        return null;
    }
}
