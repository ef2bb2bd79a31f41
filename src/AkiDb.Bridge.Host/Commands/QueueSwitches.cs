namespace AkiDb.Bridge.Host.Commands;

/// <summary>The switches of the commands that know a message queue.</summary>
internal static class QueueSwitches
{
    /// <summary>Said where no broker is named.</summary>
    public const string NoBroker = "There is no broker. Name one with --amqp, or as AKIDB_BRIDGE__QUEUE__URI.";

    /// <summary>Adds those of the broker and of its queues.</summary>
    public static void AddQueue(this BridgeSwitches switches)
    {
        switches.Add("--amqp", "Queue:Uri", "The broker: amqp://USER@HOST:PORT/VHOST, or amqps:// for TLS; several nodes of a cluster are separated by semicolons.");
        switches.Add("--amqp-password-file", "Queue:PasswordFile", "A file with the broker's password.");
        switches.Add("--amqp-ca-file", "Queue:CaFile", "Who signs the broker's certificate, as a PEM file.");
        switches.Add("--queue", "Queue:Name", "The queue that texts are in; 'texts' by default.");
        switches.Add("--answers", "Queue:Answers", "The queue that answers are in; by default the queue's name with '.answers' behind it.");
    }
}
