using AkiDb.Bridge.Protocol;

namespace AkiDb.Bridge.Workers;

/// <summary>Counts what a worker sends without having been asked. A few such messages are a race or a small mistake and are dropped; a flood ends the worker.</summary>
internal sealed class UnsolicitedMessages
{
    // Ids that nobody has sent cannot be a race.
    private const int MostUnknown = 16;

    private const int MostBeforeRequests = 64;

    // One answer too many for each request, and as much again.
    private const int MostPerRequest = 2;

    private long requests;
    private long messages;
    private int unknown;

    /// <summary>The worker was asked for something.</summary>
    public void RecordRequest() => Interlocked.Increment(ref requests);

    /// <summary>A message answers nothing that still waits.</summary>
    /// <exception cref="ProtocolException">There were too many.</exception>
    public void Record()
    {
        if (++messages > MostBeforeRequests + (MostPerRequest * Interlocked.Read(ref requests)))
        {
            throw new ProtocolException($"The worker has sent {messages} messages that answer nothing.");
        }
    }

    /// <summary>A message answers a request that was never made.</summary>
    /// <returns>How many have done so.</returns>
    /// <exception cref="ProtocolException">There were too many.</exception>
    public int RecordUnknown() =>
        ++unknown <= MostUnknown ? unknown : throw new ProtocolException($"The worker has answered {unknown} requests that were never sent.");
}
