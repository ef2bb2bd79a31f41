using System.Buffers;
using AkiDb.Bridge.AspNetCore;
using BenchmarkDotNet.Attributes;

namespace AkiDb.Bridge.Benchmarks.Parts;

/// <summary>An answer's body is written: its share of a request is this beside the engine's time.</summary>
public class AnswerParts
{
    private const int Dimension = 384;

    private readonly ArrayBufferWriter<byte> output = new(1 << 20);
    private EmbeddingResult result = Result(1);

    /// <summary>The vectors of an answer.</summary>
    [Params(1, 32)]
    public int Vectors { get; set; }

    /// <summary>Makes the answer.</summary>
    [GlobalSetup]
    public void Setup() => result = Result(Vectors);

    /// <summary>JSON numbers.</summary>
    [Benchmark(Description = "answer in JSON numbers")]
    public int JsonNumbers() => Write(VectorEncoding.Float);

    /// <summary>Base64.</summary>
    [Benchmark(Description = "answer in base64")]
    public int Base64() => Write(VectorEncoding.Base64);

    /// <summary>MessagePack.</summary>
    [Benchmark(Description = "answer in MessagePack")]
    public int MessagePack() => Write(VectorEncoding.MessagePack);

    private static EmbeddingResult Result(int vectors)
    {
        var random = new Random(1);
        var space = new EmbeddingSpace { Model = "sentence-transformers/all-MiniLM-L6-v2", Weights = "325ea421311647ef", Pooling = "mean", Prompt = "", Dimensions = Dimension, Normalized = true, Precision = "float32" };
        return new EmbeddingResult
        {
            // As a normalised row has them: some twentieth, with all its digits.
            Vectors = [.. Enumerable.Range(0, vectors).Select(_ => new ReadOnlyMemory<float>([.. Enumerable.Range(0, Dimension).Select(_ => (random.NextSingle() - 0.5f) / 10)]))],
            Model = space.Model,
            Space = space,
            TotalTokens = 16 * vectors,
            Tokens = [.. Enumerable.Repeat(16, vectors)],
            Truncated = new bool[vectors],
            ServedBy = "in-process",
            Degraded = false,
            Compute = TimeSpan.Zero,
            Duration = TimeSpan.Zero,
        };
    }

    private int Write(VectorEncoding encoding)
    {
        output.ResetWrittenCount();
        using (var format = AnswerFormat.Of(encoding, output))
        {
            EmbedAnswer.Write(result, format);
        }

        return output.WrittenCount;
    }
}
