using System.CommandLine;
using AkiDb.Bridge.Host.Embedding;
using AkiDb.Bridge.Queue;

namespace AkiDb.Bridge.Host.Commands;

/// <summary><c>akidb-bridge collect</c>: brings the vectors of a submitted job into a file, as <c>embed</c> would have written it.</summary>
internal static class CollectCommand
{
    public static Command Create()
    {
        var switches = new JobSwitches();
        var command = new BridgeCommand(
            "collect",
            "Writes the vectors of a job that was submitted, in the order of its input, each once.",
            "collect -i texts.txt -o a.npy --job one --amqp amqp://broker",
            "collect -i a.txt -o a.npy --job one --amqp amqp://mq --resume");
        FileSwitches.AddTo(command);
        switches.AddTo(command);
        command.SetAction((parsed, _) => StartupErrors.ReportAsync(() => RunAsync(parsed, switches)));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, JobSwitches switches)
    {
        using var host = switches.BuildHost(parsed);
        var options = host.Services.GetRequiredService<QueueSection>().Options;
        var logs = host.Services.GetRequiredService<ILoggerFactory>();
        var job = new Job(options, switches.NameOf(parsed));
        var files = FileSwitches.Read(parsed, hasTexts: false, job.Stream) ?? throw new UsageException("collect needs the input whose vectors it writes: --input FILE.");
        using var stopping = new CancellationTokenSource();
        using var signals = new StopSignals(stopping.Cancel);
        try
        {
            var work = new FileJob(files, TimeProvider.System);
            var code = await work.RunAsync(OpenAsync, parsed.GetValue(FileSwitches.AsJson), stopping.Token);

            // Only now every vector is in the output, on the disk. Where an earlier run has written it, these may be the answers of a later submission.
            if (work.HasWritten)
            {
                try
                {
                    await job.DeleteAsync(stopping.Token);
                }
                catch (Exception error) when (BrokerTrouble.Is(error))
                {
                    throw new IOException($"All vectors are written, but the stream '{job.Stream}' of their answers could not be deleted: {error.Message.TrimEnd('.')}. Delete it at the broker.", error);
                }
            }

            return code;
        }
        catch (Exception) when (signals.First != 0)
        {
            return ExitCodes.Interrupted(signals.First);
        }

        Task<ITextEmbedder> OpenAsync() => Task.FromResult<ITextEmbedder>(new QueuedEmbedder(
            new JobAnswers(options, job, TimeProvider.System, logs.CreateLogger<JobAnswers>()),
            new JobPublisher(options, job, isBegun: true, TimeProvider.System, logs.CreateLogger<JobPublisher>()),
            switches.TextsOf(parsed)));
    }
}
