using System.Buffers;
using System.Globalization;
using AkiDb.Bridge.Benchmarks.Baselines;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Processes;
using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.Tokenizing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Benchmarks;

/// <summary>What the bridge adds to an engine's own compute: through HTTP, through the library and its C ABI, to a worker and in-process, and over JSON lines. All interleaved, each with an engine of its own.</summary>
internal sealed class OverheadBenchmark : IBenchmark
{
    // One caller calls again and again, as a caller does; the ways take turns.
    private const int Slices = 10;

    private static readonly double[] Percents = [50, 99];

    public string Name => "overhead";

    public string Summary => "the call through HTTP, the library, its C ABI and over JSON lines, beside the engine's own compute";

    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var location = new ModelLocator(ModelSearchPaths.FromEnvironment()).Find("all-MiniLM-L6-v2");
        var figures = await CompareAsync(location.Folder, [(1, 600), (32, 100), (256, 20)], cancellationToken);
        using var wide = WideModel.Create(location.Folder);
        figures.AddRange(await CompareAsync(wide.Folder, [(32, 200)], cancellationToken));
        await BenchFile.WriteJsonAsync(Name, figures, cancellationToken);
    }

    private static async Task<List<OverheadFigure>> CompareAsync(string folder, (int Texts, int Rounds)[] cells, CancellationToken cancellationToken)
    {
        await using var served = await ServedBridge.StartAsync(["--fallback", "off", "--model", folder], cancellationToken);
        await using var servedInProcess = await ServedBridge.StartAsync(["--provider", "onnx", "--model", folder], cancellationToken);
        using var host = BuildHost(folder, EmbeddingProvider.PythonBridge);
        using var hostInProcess = BuildHost(folder, EmbeddingProvider.Onnx);
        await host.StartAsync(cancellationToken);
        await hostInProcess.StartAsync(cancellationToken);
        var model = ModelFolder.Read(folder, "bench");
        var tokenizer = TokenizerFile.Load(model.TokenizerFile);
        var interpreter = await PythonInterpreter.FindAsync(Environment.GetEnvironmentVariable("AKIDB_EMBEDDING_PYTHON_PATH"), TimeProvider.System, cancellationToken);
        var threads = Environment.ProcessorCount;
        var environment = WorkerEnvironment.ForThisMachine(threads);
        await using var jsonLines = await JsonLinesBridge.StartAsync(interpreter, environment, new LoadRequest(model, "auto", "auto", threads, 512), cancellationToken);
        using var native = NativeBridge.Start(folder);
        if (native is null)
        {
            await Console.Error.WriteLineAsync("Without the native library (scripts/publish --native-library) the C ABI is left out.");
        }

        List<OverheadWay> ways =
        [
            new("HTTP (JSON)", (texts, _) => Task.FromResult(served.Embed(texts))),
            new("library", (texts, _) => EmbedAsync(host, texts, cancellationToken)),
            new("HTTP (JSON), in-process", (texts, _) => Task.FromResult(servedInProcess.Embed(texts))),
            new("library, in-process", (texts, _) => EmbedAsync(hostInProcess, texts, cancellationToken)),
            new("JSON lines", async (_, ids) => (await jsonLines.EmbedAsync(ids, cancellationToken)).Compute),
        ];
        if (native is not null)
        {
            ways.Add(new("C ABI, in-process", (texts, _) => Task.FromResult(native.Embed(texts))));
        }

        // Whole words of the vocabulary: one token each, and no two texts alike, which the bridge would compute once.
        var words = File.ReadLines(Path.Combine(folder, "vocab.txt")).Where(word => word.Length > 3 && word.All(char.IsAsciiLetterLower)).ToArray();
        var figures = new List<OverheadFigure>();
        foreach (var (texts, rounds) in cells)
        {
            // 14 words and two special tokens.
            var inputs = Enumerable.Range(0, texts).Select(text => string.Join(' ', words.AsSpan(text * 14, 14))).ToArray();
            var ids = inputs.Select(input => Ids(tokenizer, input, model.MaxTokens)).ToArray();
            figures.AddRange(await CompareAsync(ways, rounds, model.Dimension, inputs, ids));
            if (native?.TakeAdded() is { } added)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"C ABI call minus library call, p50: {added.Percentile(50) * 1000:F1} us"));
            }
        }

        await host.StopAsync(cancellationToken);
        await hostInProcess.StopAsync(cancellationToken);
        return figures;
    }

    private static async Task<TimeSpan> EmbedAsync(IHost host, string[] inputs, CancellationToken cancellationToken) =>
        (await host.Services.GetRequiredService<IEmbeddingBridge>().EmbedAsync(new EmbeddingRequest { Inputs = inputs }, cancellationToken)).Compute;

    private static async Task<List<OverheadFigure>> CompareAsync(List<OverheadWay> ways, int rounds, int dimension, string[] inputs, int[][] ids)
    {
        var time = TimeProvider.System;
        var (texts, tokens) = (inputs.Length, ids[0].Length);
        var calls = ways.Select(_ => new Samples()).ToArray();
        var computes = ways.Select(_ => new Samples()).ToArray();
        var added = ways.Select(_ => new Samples()).ToArray();
        for (var slice = -1; slice < Slices; slice++)
        {
            foreach (var (kind, way) in ways.Index())
            {
                for (var round = 0; round < rounds / Slices; round++)
                {
                    var started = time.GetTimestamp();
                    var compute = await way.CallAsync(inputs, ids);
                    var call = time.GetElapsedTime(started);
                    if (slice >= 0)
                    {
                        calls[kind].Add(call);
                        computes[kind].Add(compute);
                        added[kind].Add(call - compute);
                    }
                }
            }
        }

        var table = new Table("way", "call p50 ms", "call p99", "compute p50", "compute p99", "call - compute p50", "p99");
        foreach (var (kind, way) in ways.Index())
        {
            table.Add([way.Name, .. Cells(calls[kind]), .. Cells(computes[kind]), .. Cells(added[kind])]);
        }

        table.Print($"{texts} x {tokens} tokens, {dimension} wide, {rounds} calls in {Slices} slices that take turns, one caller; on a worker's PyTorch where it does not say in-process");
        return [.. ways.Select((way, kind) => new OverheadFigure(
            way.Name, texts, tokens, dimension, calls[kind].Percentile(50), computes[kind].Percentile(50), added[kind].Percentile(50), added[kind].Percentile(99)))];
    }

    private static IEnumerable<string> Cells(Samples samples) =>
        Percents.Select(percent => samples.Percentile(percent).ToString("F3", CultureInfo.InvariantCulture));

    private static int[] Ids(Tokenizer tokenizer, string text, int maxTokens)
    {
        var ids = new ArrayBufferWriter<int>();
        tokenizer.Encode(text, maxTokens, ids);
        return ids.WrittenSpan.ToArray();
    }

    private static IHost BuildHost(string folder, EmbeddingProvider provider)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging(logging => logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Warning));
        builder.Services.AddAkiDbBridge(options =>
        {
            options.Model = folder;
            options.Provider = provider;
            options.Fallback = FallbackPolicy.Off;
            options.Worker.PythonPath = Environment.GetEnvironmentVariable("AKIDB_EMBEDDING_PYTHON_PATH");
        });
        return builder.Build();
    }
}
