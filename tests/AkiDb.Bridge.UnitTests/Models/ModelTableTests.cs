using System.Text.Json;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Onnx;
using AkiDb.Bridge.Pickles;
using AkiDb.Bridge.TestData;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.UnitTests.Models;

/// <summary>The table of the models that are served, in <c>src/AkiDb.Bridge/Models/README.md</c>: written by what the code says of a folder of each family.</summary>
public sealed class ModelTableTests
{
    private const string Head = "| family | such as | tokeniser | computed by | the library has it since | tested with |";

    /// <summary>A folder of each family, what people call the family, a model that they use, and since when the library has it.</summary>
    private static readonly (string Folder, string Family, string Model, string Library)[] Families =
    [
        ("all-MiniLM-L6-v2", "BERT", "all-MiniLM-L6-v2, bge, e5, snowflake-arctic-embed", "long ago"),
        ("tiny-bert-cased", "BERT, cased", "multilingual BERTs", "long ago"),
        ("tiny-bert-unigram", "BERT with XLM-R's tokeniser", "paraphrase-multilingual-MiniLM-L12-v2, multilingual-e5-small", "long ago"),
        ("tiny-labse", "BERT with a dense layer", "LaBSE", "long ago"),
        ("tiny-roberta", "RoBERTa", "granite-embedding-125m-english", "long ago"),
        ("tiny-xlm-roberta", "XLM-RoBERTa", "multilingual-e5-base", "long ago"),
        ("tiny-xlm-roberta-bin", "XLM-RoBERTa, as a pickle", "bge-m3 before `models convert`", "long ago"),
        ("tiny-mpnet", "MPNet", "all-mpnet-base-v2", "long ago"),
        ("tiny-distilbert", "DistilBERT with a dense layer", "distiluse-base-multilingual-cased-v2", "long ago"),
        ("tiny-modernbert", "ModernBERT", "gte-modernbert-base", "transformers 4.48"),
        ("tiny-nomic-bert", "NomicBERT", "nomic-embed-text-v1.5", "transformers 5.24"),
        ("tiny-gte-new", "GTE (\"new\")", "gte-base-en-v1.5", "transformers 5.24"),
        ("tiny-gte-new-multilingual", "GTE, multilingual", "gte-multilingual-base", "transformers 5.24"),
        ("tiny-jina-bert", "Jina BERT v2", "jina-embeddings-v2-base-en", "none has it"),
        ("tiny-gemma3", "Gemma 3 text", "embeddinggemma-300m", "transformers 4.50"),
        ("tiny-qwen2", "Qwen2", "gte-Qwen2", "transformers 4.37"),
        ("tiny-qwen3", "Qwen3", "Qwen3-Embedding-0.6B", "transformers 4.51"),
        ("tiny-static", "StaticEmbedding", "static-retrieval-mrl-en-v1", "sentence-transformers 3.2"),
        ("tiny-model2vec", "model2vec", "potion-base-8M", "sentence-transformers 3.2"),
    ];

    [Fact]
    public void Table_in_the_readme_is_what_the_code_says()
    {
        Assert.SkipWhen(TestPaths.Shared is null, "The models of most families do not lie beside this checkout.");
        var expected = string.Join('\n', [Head, "| --- | --- | --- | --- | --- | --- |", .. Families.Select(RowOf)]);
        var readme = File.ReadAllText(Path.Combine(TestPaths.Repository, "src", "AkiDb.Bridge", "Models", "README.md"));

        Assert.True(readme.Contains(expected, StringComparison.Ordinal), $"The table must be:\n{expected}");
    }

    private static string RowOf((string Folder, string Family, string Model, string Library) row)
    {
        var folder = TestPaths.Model(row.Folder);
        return $"| {row.Family} | {row.Model} | {TokeniserOf(folder)} | {EnginesOf(folder)} | {row.Library} | {TestsOf(row.Folder)} |";
    }

    /// <summary>Who computes it: found out by reading the folder as the host does, and by writing the in-process engine's graph.</summary>
    private static string EnginesOf(string folder)
    {
        using var converted = new TempFolder();
        var isPickle = new WeightConversion(converted.Path).Convert(folder, TestContext.Current.CancellationToken).Count > 0;
        var location = new ModelLocation("test/model", folder, null, Converted: converted.Path);
        try
        {
            TokenizedModel model = StaticFolder.IsStatic(folder) ? StaticFolder.Read(location) : ModelFolder.Read(location);
            using var content = model.Content;
            _ = TokenizerFile.Load(model);
            _ = model is TransformerModel transformer ? GraphBuilder.Build(transformer) : null;
            return $"both engines{(isPickle ? ", after `models convert`" : "")}";
        }
        catch (BridgeException error) when (error.IsForeignModel)
        {
            return "the library, in a worker";
        }
    }

    private static string TokeniserOf(string folder)
    {
        var file = Directory.GetFiles(folder, "tokenizer.json", SearchOption.AllDirectories).FirstOrDefault();
        if (file is null)
        {
            return "Unigram, from sentencepiece.bpe.model";
        }

        var model = JsonElement.Parse(File.ReadAllBytes(file)).GetProperty("model");
        return model.GetProperty("type").GetString() switch
        {
            "BPE" when model.TryGetProperty("byte_fallback", out var fallback) && fallback.ValueKind == JsonValueKind.True => "BPE with byte fallback",
            "BPE" => "byte-level BPE",
            var type => type!,
        };
    }

    private static string TestsOf(string name) =>
        $"{ReferenceAnswers.TokenIds(name).Count} texts{(File.Exists(TestPaths.Reference($"{name}.special.f32")) ? $", {ReferenceAnswers.SpecialTexts.Count} with special tokens" : "")}";
}
