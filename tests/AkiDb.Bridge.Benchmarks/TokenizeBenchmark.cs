using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using AkiDb.Bridge.TestData;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.Benchmarks;

/// <summary>The tokenisers on one thread, one text at a time, beside the Python library where one can be found.</summary>
internal sealed class TokenizeBenchmark : IBenchmark
{
    private const int MaxTokens = 256;

    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(2);

    public string Name => "tokenize";

    public string Summary => "texts/s, tokens/s and bytes allocated per text, of WordPiece, byte-level BPE and Unigram, beside the Python tokenizers library";

    public async Task RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        string[] texts = [.. ReferenceAnswers.Texts.Where(text => text.Kind is "sentence" or "generated").Select(text => text.Text)];
        Console.WriteLine($"{texts.Length} reference sentences, one at a time, one thread.");
        Console.WriteLine();
        Console.WriteLine("| tokeniser | texts/s | tokens/s | bytes/text | cold load | Python texts/s | ratio |");
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (string model in (string[])["all-MiniLM-L6-v2", "qwen3-tokenizer", "tiny-xlm-roberta", "unigram-250k"])
        {
            var path = Path.Combine(TestPaths.Model(model), "tokenizer.json");
            if (!File.Exists(path))
            {
                Console.WriteLine($"| {model} | does not lie beside this checkout | | | | | |");
                continue;
            }

            var started = Stopwatch.GetTimestamp();
            var tokenizer = TokenizerFile.Load(path);
            TimeSpan load = Stopwatch.GetElapsedTime(started);
            Speed speed = Measure(tokenizer, texts, cancellationToken);
            double? python = await PythonTokenizers.TextsPerSecondAsync(path, Budget, cancellationToken);
            var other = python is { } rate ? $"{rate:N0} | {speed.TextsPerSecond / rate:F1}x" : "absent | -";
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {model} | {speed.TextsPerSecond:N0} | {speed.TokensPerSecond:N0} | {speed.BytesPerText:F1} | {load.TotalMilliseconds:F1} ms | {other} |"));
        }

        Console.WriteLine();
        Console.WriteLine($"Python: {PythonTokenizers.Interpreter ?? $"absent ({PythonTokenizers.Remedy})"}");
    }

    private static Speed Measure(Tokenizer tokenizer, string[] texts, CancellationToken cancellationToken)
    {
        var ids = new ArrayBufferWriter<int>(MaxTokens);
        Pass(tokenizer, texts, ids, Budget / 2, cancellationToken);
        return Pass(tokenizer, texts, ids, Budget, cancellationToken);
    }

    private static Speed Pass(Tokenizer tokenizer, string[] texts, ArrayBufferWriter<int> ids, TimeSpan budget, CancellationToken cancellationToken)
    {
        var count = 0L;
        var tokens = 0L;
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        TimeSpan elapsed;
        do
        {
            foreach (string text in texts)
            {
                ids.ResetWrittenCount();
                tokens += tokenizer.Encode(text, MaxTokens, ids, cancellationToken).Kept;
            }

            count += texts.Length;
            elapsed = Stopwatch.GetElapsedTime(started);
            cancellationToken.ThrowIfCancellationRequested();
        }
        while (elapsed < budget);

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        return new Speed(count / elapsed.TotalSeconds, tokens / elapsed.TotalSeconds, (double)allocated / count);
    }

    private sealed record Speed(double TextsPerSecond, double TokensPerSecond, double BytesPerText);
}
