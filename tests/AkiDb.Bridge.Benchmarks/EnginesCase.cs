using System.Buffers;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.Benchmarks;

/// <summary>Texts that every way computes.</summary>
internal sealed record EnginesCase(string Name, string[] Texts, int[][] Ids)
{
    private const int Seed = 20;
    private const int Mixed = 32;
    private const int Shortest = 4;
    private const int Longest = 64;

    // Each is one token of the vocabulary.
    private static readonly string[] Words = ["river", "house", "music", "green", "market", "light", "paper", "winter", "table", "road"];

    public TokenBatch Batch { get; } = ToBatch(Ids);

    public bool IsMixed => Ids.Any(ids => ids.Length != Ids[0].Length);

    /// <summary>The same texts, each as long as the longest: what padding makes of them.</summary>
    public TokenBatch Padded()
    {
        var longest = Ids.MaxBy(ids => ids.Length)!;
        return ToBatch([.. Ids.Select(ids => (int[])[.. ids, .. longest[ids.Length..]])]);
    }

    public static EnginesCase[] All(Tokenizer tokenizer)
    {
        var random = new Random(Seed);
        return
        [
            Create("1 x 16", tokenizer, random, [16]),
            Create("1 x 128", tokenizer, random, [128]),
            Create("32 x 16", tokenizer, random, [.. Enumerable.Repeat(16, 32)]),
            Create("32 of 4 to 64", tokenizer, random, [.. Enumerable.Range(0, Mixed).Select(_ => random.Next(Shortest, Longest + 1))]),
        ];
    }

    /// <summary>Fewer and longer ones, for a model that takes its time.</summary>
    public static EnginesCase[] OfLargeModel(Tokenizer tokenizer)
    {
        var random = new Random(Seed);
        return
        [
            Create("1 x 16", tokenizer, random, [16]),
            Create("1 x 128", tokenizer, random, [128]),
            Create("8 x 64", tokenizer, random, [.. Enumerable.Repeat(64, 8)]),
            Create("1 x 2048", tokenizer, random, [2048]),
        ];
    }

    public static TokenBatch ToBatch(int[][] ids) => new(ids.SelectMany(text => text).ToArray(), ids.Select(text => text.Length).ToArray());

    private static EnginesCase Create(string name, Tokenizer tokenizer, Random random, int[] lengths)
    {
        var specialTokens = Encode(tokenizer, "").Length;
        var texts = lengths.Select(length => string.Join(' ', random.GetItems(Words, length - specialTokens))).ToArray();
        var ids = texts.Select(text => Encode(tokenizer, text)).ToArray();
        return ids.Select(text => text.Length).SequenceEqual(lengths)
            ? new(name, texts, ids)
            : throw new InvalidOperationException($"A word of the case '{name}' is not one token.");
    }

    private static int[] Encode(Tokenizer tokenizer, string text)
    {
        var ids = new ArrayBufferWriter<int>();
        tokenizer.Encode(text, int.MaxValue, ids);
        return ids.WrittenSpan.ToArray();
    }
}
