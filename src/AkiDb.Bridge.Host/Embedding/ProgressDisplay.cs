using AkiDb.Bridge.Host.Files;
using Spectre.Console;

namespace AkiDb.Bridge.Host.Embedding;

/// <summary>A bar on standard error while files are embedded, where that is a terminal; without colours where <c>NO_COLOR</c> is set.</summary>
internal static class ProgressDisplay
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private const int BarWidth = 16;

    /// <summary>Works, and shows how far it has come.</summary>
    public static async Task ShowAsync(InputFiles files, EmbedProgress progress, Func<Task> work, TimeProvider time)
    {
        if (Console.IsErrorRedirected)
        {
            await work();
            return;
        }

        // Also where texts come through a pipe: nobody is asked anything.
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error), Interactive = InteractionSupport.Yes });
        await console.Progress()
            .AutoClear(true)
            .Columns(new ProgressBarColumn { Width = BarWidth }, new PercentageColumn(), new ProgressFigures(progress))
            .StartAsync(async context =>
            {
                var bar = context.AddTask("embed", maxValue: Math.Max(files.TotalBytes ?? 1, 1));
                bar.IsIndeterminate = files.TotalBytes is null;
                var working = work();
                while (!working.IsCompleted)
                {
                    bar.Value = files.BytesRead;
                    await Task.WhenAny(working, Task.Delay(Interval, time));
                }

                await working;
            });
    }
}
