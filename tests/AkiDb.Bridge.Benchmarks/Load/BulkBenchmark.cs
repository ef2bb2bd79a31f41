using System.Globalization;
using AkiDb.Bridge.Admission;

namespace AkiDb.Bridge.Benchmarks.Load;

/// <summary>Interactive requests while bulk work takes all that it is given: how much longer do they take than alone?</summary>
/// <remarks>Both are measured in slices that take turns, and so is the batch that may be running when an interactive request comes.</remarks>
internal sealed class BulkBenchmark : IBenchmark
{
    private const int Rounds = 4;
    private const int BulkCallers = 4;
    private const int BulkTexts = 128;
    private const int BatchTexts = 32;

    public string Name => "bulk";

    public string Summary => "[SECONDS]: one interactive caller alone and under full bulk load, on a worker; 24 s each";

    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var window = TimeSpan.FromSeconds(arguments is [var seconds] ? double.Parse(seconds, CultureInfo.InvariantCulture) : 24);
        await using var engine = await LoadEngine.StartWorkerAsync(new AdmissionOptions().MaxWait, cancellationToken);
        if (engine is null)
        {
            return;
        }

        var (alone, under, batches) = (new List<LoadOutcome>(), new List<LoadOutcome>(), new Samples());
        var bulk = 0;
        for (var round = 0; round < Rounds; round++)
        {
            alone.AddRange((await InteractiveAsync(engine, window / Rounds, cancellationToken)).Sent);
            await MeasureBatchesAsync(engine, batches, cancellationToken);
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var feeding = Task.WhenAll(Enumerable.Range(0, BulkCallers).Select(_ => FeedAsync(engine, enough.Token)));
            under.AddRange((await InteractiveAsync(engine, window / Rounds, cancellationToken)).Sent);
            await enough.CancelAsync();
            bulk += (await feeding).Sum();
        }

        LoadFigure[] figures =
        [
            LoadFigure.Of(engine.Name, "library", "1 interactive caller, alone", null, null, alone.Count / window.TotalSeconds, alone),
            LoadFigure.Of(engine.Name, "library", $"the same under {BulkCallers} bulk callers of {BulkTexts} texts", null, null, under.Count / window.TotalSeconds, under),
        ];
        Print(figures, batches.Percentile(50), bulk / window.TotalSeconds);
        await BenchFile.WriteJsonAsync(Name, figures, cancellationToken);
    }

    private static Task<(LoadOutcome[] Sent, int Vectors)> InteractiveAsync(LoadEngine engine, TimeSpan window, CancellationToken cancellationToken) =>
        new ClosedLoop(engine.EmbedAsync, callers: 1, mixed: false).RunAsync(window, cancellationToken);

    private static async Task MeasureBatchesAsync(LoadEngine engine, Samples batches, CancellationToken cancellationToken)
    {
        for (var i = 0; i < 5; i++)
        {
            var result = await engine.Bridge.EmbedAsync(Request(BatchTexts), cancellationToken);
            batches.Add(result.Compute);
        }
    }

    /// <returns>The texts that were embedded.</returns>
    private static async Task<int> FeedAsync(LoadEngine engine, CancellationToken enough)
    {
        var fed = 0;
        try
        {
            while (true)
            {
                await engine.Bridge.EmbedAsync(Request(BulkTexts), enough);
                fed += BulkTexts;
            }
        }
        catch (OperationCanceledException) when (enough.IsCancellationRequested)
        {
            return fed;
        }
    }

    private static EmbeddingRequest Request(int texts) => new()
    {
        Inputs = [.. Enumerable.Range(0, texts).Select(_ => LoadTexts.Of(Random.Shared, LoadTexts.Short))],
        Priority = EmbeddingPriority.Bulk,
    };

    private static void Print(LoadFigure[] figures, double batch, double bulkRate)
    {
        var table = new Table("load", "p50 ms", "p99", "p99.9", "answered", "failed");
        foreach (var figure in figures)
        {
            table.Add(figure.Load, $"{figure.P50:F1}", $"{figure.P99:F1}", $"{figure.P999:F1}", $"{figure.Answered}", $"{figure.Failed + figure.Shed}");
        }

        table.Print(string.Create(
            CultureInfo.InvariantCulture,
            $"bulk work: {bulkRate:F0} texts/s; a batch of {BatchTexts} x {LoadTexts.Short}: {batch:F0} ms; 3 x p99 alone + one batch: {(3 * figures[0].P99) + batch:F0} ms"));
    }
}
