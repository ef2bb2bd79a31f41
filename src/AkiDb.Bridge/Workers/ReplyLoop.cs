using AkiDb.Bridge.Protocol;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Workers;

/// <summary>Reads what a worker says until its stream ends, and passes each message to whom it concerns.</summary>
/// <param name="reader">The worker's messages; rows it writes straight to the batches.</param>
/// <param name="conversation">Gets what is not about a batch.</param>
/// <param name="batches">Those that wait for an answer.</param>
/// <param name="logger">The log.</param>
internal sealed class ReplyLoop(FrameReader reader, HostConversation conversation, PendingBatches batches, ILogger logger)
{
    // This thread is about to tell a caller, or is doing so: above that on its stack nobody else is told, who might hold that one up.
    [ThreadStatic]
    private static bool isTelling;

    private readonly TaskCompletionSource<string> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string? endReason;

    /// <summary>Completes with the reason when the stream has ended and everybody who waited knows. Never faults.</summary>
    public Task<string> Ended => ended.Task;

    /// <summary>Why nothing more will be read; set before those who wait are told. Null as long as it is read.</summary>
    public string? EndReason => endReason;

    /// <summary>Begins to read. Its owner is who waits for <see cref="Ended"/>.</summary>
    /// <param name="stop">The host closes the connection.</param>
    public void Start(CancellationToken stop) => _ = ReadAsync(stop);

    /// <summary>Reads until there are rows, whose caller then goes on here while reading goes on elsewhere; that saves a change of threads.</summary>
    private async Task ReadAsync(CancellationToken stop)
    {
        PendingBatch? answered = null;
        try
        {
            while (answered is null && await reader.ReadAsync(stop).ConfigureAwait(false) is { } message)
            {
                Deliver(message);
                answered = batches.TakeAnswered();
                if (isTelling)
                {
                    answered?.AnnounceElsewhere();
                    answered = null;
                }
            }

            if (answered is null)
            {
                End("The worker closed its end of the pipe.");
            }
        }
        catch (ProtocolException error)
        {
            End(error.Message);
            Log.ProtocolBroken(logger, error.Message);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            End("The connection was closed by the host.");
        }
        catch (Exception error)
        {
            // Whatever it was: those who wait must hear of it.
            End($"The worker's pipe broke: {error.Message}");
        }

        if (answered is not null)
        {
            isTelling = true;
            try
            {
                Start(stop);
                answered.Announce();
            }
            finally
            {
                isTelling = false;
            }
        }
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
