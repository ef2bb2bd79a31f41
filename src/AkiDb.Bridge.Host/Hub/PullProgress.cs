using AkiDb.Bridge.Hub;
using Spectre.Console;

namespace AkiDb.Bridge.Host.Hub;

/// <summary>Shows a download on standard error: a bar on a terminal, elsewhere only what its log says.</summary>
internal static class PullProgress
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs a download and shows how far it is.</summary>
    public static async Task<string> ShowAsync(string title, Func<DownloadProgress, ILogger, Task<string>> run, CancellationToken cancellationToken)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        var logger = new SentenceLogger(console.WriteLine);
        return Console.IsErrorRedirected
            ? await run(new DownloadProgress(), logger)
            : await console.Progress()
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn { Width = 20 }, new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
                .StartAsync(context => FollowAsync(context.AddTask(Markup.Escape(title)), progress => run(progress, logger), cancellationToken));
    }

    private static async Task<string> FollowAsync(ProgressTask bar, Func<DownloadProgress, Task<string>> run, CancellationToken cancellationToken)
    {
        var progress = new DownloadProgress();
        bar.IsIndeterminate = true;
        var running = run(progress);
        while (!running.IsCompleted)
        {
            Show(bar, progress);
            await Task.WhenAny(running, Task.Delay(BetweenLooks, TimeProvider.System, cancellationToken));
        }

        Show(bar, progress);
        return await running;
    }

    private static void Show(ProgressTask bar, DownloadProgress progress)
    {
        if (progress.TotalBytes > 0)
        {
            bar.IsIndeterminate = false;
            bar.MaxValue = progress.TotalBytes;
            bar.Value = progress.DoneBytes;
        }
    }
}
