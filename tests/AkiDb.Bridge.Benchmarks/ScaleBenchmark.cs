using System.Diagnostics;
using System.Globalization;
using AkiDb.Bridge.Benchmarks.Load;

namespace AkiDb.Bridge.Benchmarks;

/// <summary><c>akidb-bridge embed</c> from standard input to standard output, with ever more texts: the speed, and the memory, which must not grow with them.</summary>
internal sealed class ScaleBenchmark : IBenchmark
{
    private const int DefaultTexts = 100_000;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public string Name => "scale";

    public string Summary => "[TEXTS [SWITCHES OF embed...]]: 1, 10, 100 ... texts from standard input: texts/s and peak memory; 100000 by default";

    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var most = arguments is [var number, ..] ? int.Parse(number, CultureInfo.InvariantCulture) : DefaultTexts;
        var figures = new List<ScaleFigure>();
        var table = new Table("texts", "seconds", "first vector after s", "texts/s from then on", "host's peak MiB", "workers' peak MiB");
        for (var texts = 1; texts <= most; texts *= 10)
        {
            var figure = await MeasureAsync(texts, arguments.Skip(1), cancellationToken);
            figures.Add(figure);
            table.Add($"{texts}", $"{figure.Seconds:F1}", $"{figure.FirstAfterSeconds:F1}", $"{figure.TextsPerSecond:F0}", $"{figure.HostPeakMebibytes:F0}", $"{figure.WorkersPeakMebibytes:F0}");
        }

        table.Print($"akidb-bridge embed {string.Join(' ', arguments.Skip(1))}, texts of {LoadTexts.Short} tokens");
        await BenchFile.WriteJsonAsync(Name, figures, cancellationToken);
    }

    private static async Task<ScaleFigure> MeasureAsync(int texts, IEnumerable<string> switches, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        using var process = Process.Start(
            new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "akidb-bridge"), ["embed", .. switches]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = WatchAsync(process.Id, over.Token);
        var feeding = FeedAsync(process.StandardInput, texts, cancellationToken);
        var (vectors, first) = (0, TimeSpan.Zero);
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is not null)
        {
            if (vectors++ == 0)
            {
                first = Stopwatch.GetElapsedTime(started);
            }
        }

        var all = Stopwatch.GetElapsedTime(started);
        await feeding;
        await process.WaitForExitAsync(cancellationToken);
        await over.CancelAsync();
        var (host, workers) = await watching;
        return vectors == texts && process.ExitCode == 0
            ? new ScaleFigure(texts, all.TotalSeconds, first.TotalSeconds, (texts - 1) / Math.Max((all - first).TotalSeconds, 1e-9), host, workers)
            : throw new InvalidOperationException($"{vectors} vectors came for {texts} texts, and the exit code is {process.ExitCode}.");
    }

    private static async Task FeedAsync(StreamWriter input, int texts, CancellationToken cancellationToken)
    {
        await using (input)
        {
            var random = new Random(texts);
            for (var i = 0; i < texts; i++)
            {
                await input.WriteLineAsync(LoadTexts.Of(random, LoadTexts.Short).AsMemory(), cancellationToken);
            }
        }
    }

    // The kernel keeps the peak itself: a look now and then misses only what the last moments add.
    private static async Task<(double Host, double Workers)> WatchAsync(int pid, CancellationToken over)
    {
        var (host, workers) = (0.0, new Dictionary<int, double>());
        while (!over.IsCancellationRequested)
        {
            host = Math.Max(host, PeakMemory.Of(pid));
            foreach (var worker in PeakMemory.Descendants(pid))
            {
                workers[worker] = Math.Max(workers.GetValueOrDefault(worker), PeakMemory.Of(worker));
            }

            await Task.Delay(Pause, TimeProvider.System, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return (host, workers.Values.Sum());
    }
}
