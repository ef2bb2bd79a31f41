using System.CommandLine;
using AkiDb.Bridge.Queue;

namespace AkiDb.Bridge.Host.Commands;

/// <summary><c>akidb-bridge consume</c>: a server as <c>serve</c> makes one, that takes bulk work from a queue too.</summary>
internal static class ConsumeCommand
{
    public static Command Create()
    {
        var switches = ServeCommand.CreateSwitches();
        switches.AddQueue();
        switches.Add("--prefetch", "Queue:Prefetch", "Messages to work on at a time; by default 16 for each worker.");
        var command = new BridgeCommand(
            "consume",
            "Answers the messages of a RabbitMQ queue, and serves HTTP as 'serve' does, until it is stopped with Ctrl+C or SIGTERM.",
            "consume --amqp amqp://localhost --prefetch 32");
        switches.AddTo(command);
        command.SetAction((parsed, token) => StartupErrors.ReportAsync(() => ServeCommand.ServeAsync(switches.ToConfiguration(parsed), AddConsumer, token)));
        return command;
    }

    private static void AddConsumer(WebApplicationBuilder builder)
    {
        if (new QueueSection(builder.Configuration).Options.Uri.Length == 0)
        {
            throw new NotAcceptedException(QueueSwitches.NoBroker);
        }

        builder.Services.AddHostedService<QueueConsumer>();
    }
}
