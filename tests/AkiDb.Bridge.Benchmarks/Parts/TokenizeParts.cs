using System.Buffers;
using AkiDb.Bridge.Benchmarks.Load;
using AkiDb.Bridge.TestData;
using AkiDb.Bridge.Tokenizing;
using BenchmarkDotNet.Attributes;

namespace AkiDb.Bridge.Benchmarks.Parts;

/// <summary>Tokenising one text.</summary>
public class TokenizeParts
{
    private const int MaxTokens = 256;

    private readonly Tokenizer tokenizer = TokenizerFile.Load(Path.Combine(TestPaths.Model("all-MiniLM-L6-v2"), "tokenizer.json"));
    private readonly string query = LoadTexts.Of(new Random(1), LoadTexts.Short);
    private readonly string paragraph = LoadTexts.Of(new Random(1), LoadTexts.Long);
    private readonly ArrayBufferWriter<int> ids = new(MaxTokens);

    /// <summary>A short query.</summary>
    [Benchmark(Description = "tokenise 16 tokens, MiniLM")]
    public int Query() => Encode(query);

    /// <summary>A paragraph.</summary>
    [Benchmark(Description = "tokenise 200 tokens, MiniLM")]
    public int Paragraph() => Encode(paragraph);

    private int Encode(string text)
    {
        ids.ResetWrittenCount();
        tokenizer.Encode(text, MaxTokens, ids);
        return ids.WrittenCount;
    }
}
