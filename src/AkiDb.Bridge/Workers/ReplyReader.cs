using AkiDb.Bridge.Protocol;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Workers;

/// <summary>Reads what a worker says, one message at a time, until its stream ends, and passes each message to whom it concerns.</summary>
/// <remarks>Who waits for the worker's hello, a pong or the end goes on where the message is read: supervision, which does, goes on on its own thread.</remarks>
/// <param name="reader">The worker's messages; rows it writes straight to the batches.</param>
/// <param name="conversation">Gets what is not about a batch.</param>
/// <param name="batches">Those that wait for an answer.</param>
/// <param name="logger">The log.</param>
internal sealed class ReplyReader(FrameReader reader, HostConversation conversation, PendingBatches batches, ILogger logger)
{
    private readonly TaskCompletionSource<string> ended = new();
    private readonly TaskCompletionSource streamEnded = new();
    private volatile string? endReason;

    /// <summary>Completes with the reason when the stream has ended and everybody who waited knows. Never faults.</summary>
    public Task<string> Ended => ended.Task;

    /// <summary>Completes when the stream itself has ended. Never faults.</summary>
    public Task StreamEnded => streamEnded.Task;

    /// <summary>Why nothing more will be read; set before those who wait are told. Null as long as it is read.</summary>
    public string? EndReason => endReason;

    /// <summary>Ends the conversation, although the worker's end of the stream is open: its rows are wrong. Its process must be ended by whoever waits for <see cref="Ended"/>.</summary>
    public void Distrust(string reason)
    {
        endReason ??= reason;
        batches.Distrust(reason);
        conversation.End(reason);
        ended.TrySetResult(reason);
    }

    /// <summary>Reads the next message and delivers it. One thread at a time.</summary>
    /// <param name="answered">The batch whose caller is still to be told that its rows are there; null when there is none.</param>
    /// <returns>False when the stream has ended.</returns>
    public bool TryRead(out PendingBatch? answered)
    {
        answered = null;
        try
        {
            if (reader.Read() is { } message)
            {
                if (endReason is null)
                {
                    Deliver(message);
                }

                answered = batches.TakeAnswered();
                return true;
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

        return false;
    }

    private void End(string reason)
    {
        endReason ??= reason;
        try
        {
            batches.EndAll(reason);
            conversation.End(reason);
        }
        finally
        {
            ended.TrySetResult(reason);
            streamEnded.TrySetResult();
        }
    }

    private void Deliver(WorkerMessage message)
    {
        switch (message)
        {
            case RowsMessage:
                // They have gone to their batch while they were read.
                break;
            case ErrorMessage error:
                DeliverError(error);
                break;
            case PongMessage pong:
                batches.Check(pong, conversation.SendsBefore(pong));
                conversation.Deliver(pong);
                break;
            default:
                if (!conversation.Deliver(message))
                {
                    batches.RecordUnsolicited();
                }

                break;
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
