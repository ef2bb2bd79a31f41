using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using AkiDb.Bridge.Benchmarks.Load;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.TestData;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AkiDb.Bridge.Benchmarks.Dotnet;

/// <summary>What .NET programs embed with today, beside the bridge: the same texts, the same weights, each way alone on the machine. How far the vectors are from the reference, how fast, how many bytes.</summary>
internal sealed class DotnetBenchmark : IBenchmark
{
    private const string ModelName = "all-MiniLM-L6-v2";
    private static readonly int[] Callers = [1, 64];

    public string Name => "dotnet";

    public string Summary => "[SECONDS]: what .NET programs embed with today, with 1 and 64 callers: distance to the reference, texts/s, latency, bytes";

    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var length = TimeSpan.FromSeconds(arguments is [var seconds, ..] ? double.Parse(seconds, CultureInfo.InvariantCulture) : 5);
        var model = (TransformerModel)ModelFolder.Read(TestPaths.Model(ModelName), ModelName);
        var vocabulary = Path.Combine(model.Folder, "vocab.txt");
        using var ordinary = new OrdinaryGraph(model);
        using var host = BuildHost();
        await host.StartAsync(cancellationToken);
        var generator = host.Services.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>();
        using var fast = TextARunPeer.WithFastBertTokenizer(ordinary.ModelFile, vocabulary);
        using var microsoft = TextARunPeer.WithMicrosoftTokenizer(ordinary.ModelFile, vocabulary);
        DotnetWay[] ways =
        [
            new("AkiDb.Bridge, in-process, IEmbeddingGenerator", async (text, token) => (await generator.GenerateVectorAsync(text, cancellationToken: token)).ToArray()),
            DotnetWay.Blocking("FastBertTokenizer and ONNX Runtime, a text a run", fast.Embed),
            DotnetWay.Blocking("Microsoft.ML.Tokenizers and ONNX Runtime, a text a run", microsoft.Embed),
        ];
        await CompareVectorsAsync(ways, cancellationToken);
        var figures = new List<DotnetFigure>();
        foreach (var callers in Callers)
        {
            foreach (var way in ways)
            {
                figures.Add(await MeasureAsync(way, callers, length, cancellationToken));
            }
        }

        Print(figures);
        await BenchFile.WriteJsonAsync(Name, figures, cancellationToken);
        await host.StopAsync(cancellationToken);
    }

    private static async Task CompareVectorsAsync(DotnetWay[] ways, CancellationToken cancellationToken)
    {
        var vectors = ReferenceAnswers.Vectors(ModelName);
        var texts = ReferenceAnswers.Texts;
        var dimension = vectors.Length / texts.Count;
        var table = new Table("way", "texts", "refused", "cosine below 0.9999", "worst cosine", "of kind");
        foreach (var way in ways)
        {
            var (refused, wrong, worst, kind) = (0, 0, 1f, "");
            foreach (var (index, text) in texts.Index())
            {
                try
                {
                    var cosine = TensorPrimitives.CosineSimilarity(await way.EmbedAsync(text.Text, cancellationToken), vectors.AsSpan(index * dimension, dimension));
                    wrong += cosine >= 0.9999f ? 0 : 1;
                    (worst, kind) = cosine < worst ? (cosine, text.Kind) : (worst, kind);
                }
                catch (Exception) when (!cancellationToken.IsCancellationRequested)
                {
                    refused++;
                }
            }

            table.Add(way.Name, $"{texts.Count}", $"{refused}", $"{wrong}", $"{worst:F6}", kind);
        }

        table.Print($"{ModelName}: the reference's texts");
    }

    private static async Task<DotnetFigure> MeasureAsync(DotnetWay way, int callers, TimeSpan length, CancellationToken cancellationToken)
    {
        await LoopAsync(way, callers, TimeSpan.FromSeconds(1), cancellationToken);
        var (bytes, started) = (GC.GetTotalAllocatedBytes(precise: true), Stopwatch.GetTimestamp());
        var times = await LoopAsync(way, callers, length, cancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(started);
        var samples = Samples.Of(times);
        return new DotnetFigure(
            way.Name, callers, times.Count / elapsed.TotalSeconds, samples.Percentile(50), samples.Percentile(99), (double)(GC.GetTotalAllocatedBytes(precise: true) - bytes) / times.Count);
    }

    private static async Task<List<TimeSpan>> LoopAsync(DotnetWay way, int callers, TimeSpan length, CancellationToken cancellationToken)
    {
        var times = await Task.WhenAll(Enumerable.Range(0, callers).Select(async caller =>
        {
            var (random, mine, began) = (new Random(caller), new List<TimeSpan>(), Stopwatch.GetTimestamp());
            while (Stopwatch.GetElapsedTime(began) < length)
            {
                var (text, started) = (LoadTexts.Next(random, mixed: false), Stopwatch.GetTimestamp());
                await way.EmbedAsync(text, cancellationToken);
                mine.Add(Stopwatch.GetElapsedTime(started));
            }

            return mine;
        }));
        return [.. times.SelectMany(mine => mine)];
    }

    private static void Print(List<DotnetFigure> figures)
    {
        var table = new Table("way", "callers", "texts/s", "p50 ms", "p99 ms", "bytes a text");
        foreach (var figure in figures)
        {
            table.Add(figure.Way, $"{figure.Callers}", $"{figure.TextsPerSecond:F0}", $"{figure.P50:F2}", $"{figure.P99:F2}", $"{figure.BytesPerText:F0}");
        }

        table.Print($"{ModelName}, {Environment.ProcessorCount} cores, texts of {LoadTexts.Short} tokens, each caller with one at a time");
    }

    private static IHost BuildHost()
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.AddAkiDbBridge(options => (options.Model, options.Provider) = (TestPaths.Model(ModelName), EmbeddingProvider.Onnx));
        return builder.Build();
    }
}
