using System.Buffers;
using System.Globalization;
using AkiDb.Bridge.Benchmarks.Baselines;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.Supervision;
using AkiDb.Bridge.Tokenizing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Benchmarks;

/// <summary>What the bridge adds to the worker's own compute: through HTTP, through the library, and over JSON lines. All three interleaved, each with a worker of its own.</summary>
internal sealed class OverheadBenchmark : IBenchmark
{
    private static readonly double[] Percents = [50, 99];

    public string Name => "overhead";

    public string Summary => "the call through HTTP, through the library and over JSON lines, beside the worker's own compute";

    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var location = new ModelLocator(ModelSearchPaths.FromEnvironment()).Find("all-MiniLM-L6-v2");
        var figures = await CompareAsync(location.Folder, [(1, 500), (32, 100), (256, 20)], cancellationToken);
        using var wide = WideModel.Create(location.Folder);
        figures.AddRange(await CompareAsync(wide.Folder, [(32, 200)], cancellationToken));
        await BenchFile.WriteJsonAsync(Name, figures, cancellationToken);
    }

    private static async Task<List<OverheadFigure>> CompareAsync(string folder, (int Texts, int Rounds)[] cells, CancellationToken cancellationToken)
    {
        await using var served = await ServedBridge.StartAsync(["--fallback", "off", "--model", folder], cancellationToken);
        using var host = BuildHost(folder);
        await host.StartAsync(cancellationToken);
        var library = host.Services.GetRequiredService<IEmbeddingBridge>();
        var model = ModelFolder.Read(folder, "bench");
        var tokenizer = TokenizerFile.Load(model.TokenizerFile);
        var interpreter = await PythonInterpreter.FindAsync(Environment.GetEnvironmentVariable("AKIDB_EMBEDDING_PYTHON_PATH"), TimeProvider.System, cancellationToken);
        var threads = Environment.ProcessorCount;
        var environment = WorkerEnvironment.ForThisMachine(threads);
        await using var jsonLines = await JsonLinesBridge.StartAsync(interpreter, environment, new LoadRequest(model, "auto", "auto", threads, 512), cancellationToken);

        // Whole words of the vocabulary: one token each, and no two texts alike, which the bridge would compute once.
        var words = File.ReadLines(Path.Combine(folder, "vocab.txt")).Where(word => word.Length > 3 && word.All(char.IsAsciiLetterLower)).ToArray();
        var figures = new List<OverheadFigure>();
        foreach (var (texts, rounds) in cells)
        {
            // 14 words and two special tokens.
            var inputs = Enumerable.Range(0, texts).Select(text => string.Join(' ', words.AsSpan(text * 14, 14))).ToArray();
            var ids = inputs.Select(input => Ids(tokenizer, input, model.MaxTokens)).ToArray();
            figures.AddRange(await CompareAsync(texts, rounds, ids[0].Length, model.Dimension, served, library, jsonLines, inputs, ids, cancellationToken));
        }

        await host.StopAsync(cancellationToken);
        return figures;
    }

    private static async Task<List<OverheadFigure>> CompareAsync(
        int texts, int rounds, int tokens, int dimension, ServedBridge served, IEmbeddingBridge library, JsonLinesBridge jsonLines, string[] inputs, int[][] ids, CancellationToken cancellationToken)
    {
        var time = TimeProvider.System;
        var names = new[] { "HTTP (JSON)", "library", "JSON lines" };
        var calls = names.Select(_ => new Samples()).ToArray();
        var computes = names.Select(_ => new Samples()).ToArray();
        var added = names.Select(_ => new Samples()).ToArray();
        for (var round = -rounds / 10; round < rounds; round++)
        {
            for (var kind = 0; kind < names.Length; kind++)
            {
                var started = time.GetTimestamp();
                var compute = kind switch
                {
                    0 => await served.EmbedAsync(inputs, cancellationToken),
                    1 => (await library.EmbedAsync(new EmbeddingRequest { Inputs = inputs }, cancellationToken)).Compute,
                    _ => (await jsonLines.EmbedAsync(ids, cancellationToken)).Compute,
                };
                var call = time.GetElapsedTime(started);
                if (round >= 0)
                {
                    calls[kind].Add(call);
                    computes[kind].Add(compute);
                    added[kind].Add(call - compute);
                }
            }
        }

        var table = new Table("way", "call p50 ms", "call p99", "compute p50", "compute p99", "call - compute p50", "p99");
        for (var kind = 0; kind < names.Length; kind++)
        {
            table.Add([names[kind], .. Cells(calls[kind]), .. Cells(computes[kind]), .. Cells(added[kind])]);
        }

        table.Print($"{texts} x {tokens} tokens, {dimension} wide, {rounds} rounds, interleaved, one caller, on PyTorch");
        return [.. names.Select((name, kind) => new OverheadFigure(
            name, texts, tokens, dimension, calls[kind].Percentile(50), computes[kind].Percentile(50), added[kind].Percentile(50), added[kind].Percentile(99)))];
    }

    private static IEnumerable<string> Cells(Samples samples) =>
        Percents.Select(percent => samples.Percentile(percent).ToString("F3", CultureInfo.InvariantCulture));

    private static int[] Ids(Tokenizer tokenizer, string text, int maxTokens)
    {
        var ids = new ArrayBufferWriter<int>();
        tokenizer.Encode(text, maxTokens, ids);
        return ids.WrittenSpan.ToArray();
    }

    private static IHost BuildHost(string folder)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging(logging => logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Warning));
        builder.Services.AddAkiDbBridge(options =>
        {
            options.Model = folder;
            options.Fallback = FallbackPolicy.Off;
            options.Worker.PythonPath = Environment.GetEnvironmentVariable("AKIDB_EMBEDDING_PYTHON_PATH");
        });
        return builder.Build();
    }
}
