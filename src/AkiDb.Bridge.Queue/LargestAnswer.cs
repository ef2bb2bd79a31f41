using System.Globalization;
using System.Text.RegularExpressions;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace AkiDb.Bridge.Queue;

/// <summary>The largest answer that the broker takes. It does not say so before it has refused one, with the channel that it came on.</summary>
internal sealed partial class LargestAnswer
{
    // What RabbitMQ takes from version 4 on, where nobody has set it otherwise.
    private const int Default = 16 << 20;

    private int bytes = int.MaxValue;

    /// <summary>In bytes, as far as it is known.</summary>
    public int Bytes => Volatile.Read(ref bytes);

    /// <summary>Learns from why the channel of answers was closed.</summary>
    public void Learn(ShutdownEventArgs reason)
    {
        if (reason is { Initiator: ShutdownInitiator.Peer, ReplyCode: Constants.PreconditionFailed or Constants.ContentTooLarge })
        {
            var said = MaxSize().Match(reason.ReplyText);
            var largest = said.Success && int.TryParse(said.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var known) ? known : Default;
            Volatile.Write(ref bytes, largest);
        }
    }

    /// <summary>An answer that the broker takes: this one, or that it is too large.</summary>
    public QueueAnswer Fit(QueueAnswer answer) => answer.Body.Length <= Bytes
        ? answer
        : QueueAnswer.Of(new BridgeError(BridgeErrorKind.TooLarge, string.Create(
            CultureInfo.InvariantCulture, $"The answer has {answer.Body.Length} bytes, and the broker takes {Bytes} at most. Send fewer texts in a message, or ask for base64 or MessagePack.")));

    [GeneratedRegex("larger than (?:configured )?max size '?([0-9]+)")]
    private static partial Regex MaxSize();
}
