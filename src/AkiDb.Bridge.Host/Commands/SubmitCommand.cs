using System.CommandLine;
using AkiDb.Bridge.Host.Embedding;
using AkiDb.Bridge.Host.Files;
using AkiDb.Bridge.Host.Streams;
using AkiDb.Bridge.Queue;

namespace AkiDb.Bridge.Host.Commands;

/// <summary><c>akidb-bridge submit</c>: puts the rows of files into a queue, for as many hosts as consume it.</summary>
internal static class SubmitCommand
{
    public static Command Create()
    {
        var switches = new JobSwitches();
        var command = new BridgeCommand(
            "submit",
            "Submits the texts of files to a queue; 'collect' brings their vectors back, in order.",
            "submit -i texts.txt --job one --amqp amqp://user@broker",
            "submit -i texts.txt --job one --amqp amqp://broker --resume");
        FileSwitches.AddInputTo(command);
        switches.AddTo(command);
        command.SetAction((parsed, _) => StartupErrors.ReportAsync(() => RunAsync(parsed, switches)));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, JobSwitches switches)
    {
        using var host = switches.BuildHost(parsed);
        var options = host.Services.GetRequiredService<QueueSection>().Options;
        var logs = host.Services.GetRequiredService<ILoggerFactory>();
        var name = switches.NameOf(parsed);
        using var stopping = new CancellationTokenSource();
        using var signals = new StopSignals(stopping.Cancel);
        try
        {
            var (inputs, settings, shardRows, resume) = FileSwitches.ReadInput(parsed);
            var files = InputFiles.Find(inputs, settings with { MostCharacters = QueueTexts.MostCharacters });
            var (job, texts) = (new Job(options, name), switches.TextsOf(parsed));
            var progress = new SubmissionProgress($"{name}.submitted", texts.Fixed(job, shardRows), resume, TimeProvider.System);
            await using var publisher = new JobPublisher(options, job, isBegun: progress.Rows > 0, TimeProvider.System, logs.CreateLogger<JobPublisher>());
            var rows = await new Submission(publisher, texts, progress)
                .RunAsync(new RowChunks(shardRows).CutAsync(files.ReadAsync(stopping.Token), stopping.Token), stopping.Token);
            await StandardError.WriteLineAsync($"{rows} rows are submitted as the job {name}. Collect their vectors with 'akidb-bridge collect --job {name}' and the same input.");
            return ExitCodes.Success;
        }
        catch (Exception) when (signals.First != 0)
        {
            return ExitCodes.Interrupted(signals.First);
        }
    }
}
