using AkiDb.Bridge.Protocol;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Workers;

/// <summary>Reads what a worker says until its stream ends, and passes each message to whom it concerns.</summary>
/// <remarks>
/// Two threads take turns at the stream. The one that has read rows gives its turn away and goes on with their caller: an answer reaches who
/// waits for it with one change of threads, from the worker's to that one.
/// </remarks>
/// <param name="reader">The worker's messages; rows it writes straight to the batches.</param>
/// <param name="conversation">Gets what is not about a batch.</param>
/// <param name="batches">Those that wait for an answer.</param>
/// <param name="logger">The log.</param>
internal sealed class ReplyLoop(FrameReader reader, HostConversation conversation, PendingBatches batches, ILogger logger)
{
    private readonly TaskCompletionSource<string> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly object turn = new();
    private int waiting;
    private bool taken;
    private volatile string? endReason;

    /// <summary>Completes with the reason when the stream has ended and everybody who waited knows. Never faults.</summary>
    public Task<string> Ended => ended.Task;

    /// <summary>Why nothing more will be read; set before those who wait are told. Null as long as it is read.</summary>
    public string? EndReason => endReason;

    /// <summary>Begins to read. Its owner is who waits for <see cref="Ended"/>.</summary>
    public void Start()
    {
        for (var thread = 0; thread < 2; thread++)
        {
            new Thread(Run) { IsBackground = true, Name = "akidb-replies" }.UnsafeStart();
        }
    }

    private void Run()
    {
        while (TakeTurn())
        {
            var answered = Read();
            GiveTurn();
            answered?.Announce();
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

        if (endReason is null)
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
        try
        {
            while (reader.Read() is { } message)
            {
                Deliver(message);
                var answered = batches.TakeAnswered();
                if (answered is not null && CanSpareThread())
                {
                    return answered;
                }

                answered?.AnnounceElsewhere();
            }

            End("The worker closed its end of the pipe.");
        }
        catch (ProtocolException error)
        {
            End(error.Message);
            Log.ProtocolBroken(logger, error.Message);
        }
        catch (ObjectDisposedException)
        {
            End("The connection was closed by the host.");
        }
        catch (Exception error)
        {
            // Whatever it was: those who wait must hear of it.
            End($"The worker's pipe broke: {error.Message}");
        }

        return null;
    }

    private void End(string reason)
    {
        endReason = reason;
        try
        {
            batches.EndAll(reason);
            conversation.End(reason);
        }
        finally
        {
            ended.TrySetResult(reason);
        }
    }

    private void Deliver(WorkerMessage message)
    {
        if (message is ErrorMessage error)
        {
            DeliverError(error);
        }
        else
        {
            // Rows have gone to their batch while they were read.
            conversation.Deliver(message);
        }
    }

    private void DeliverError(ErrorMessage error)
    {
        if (error.Id is not { } id)
        {
            throw new ProtocolException($"The worker reports: {error.Message}");
        }

        if (conversation.TryFailLoad(error))
        {
            return;
        }

        batches.Fail(id, error);
        if (error.Kind == ErrorKinds.Poisoned)
        {
            // The process is of no use any more, although it still answers pings: ending the connection has it replaced.
            throw new ProtocolException($"The worker asks to be replaced: {error.Message}");
        }
    }
}
