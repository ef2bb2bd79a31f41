using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.UnitTests.Doubles;

/// <summary>A model that exists only as its description.</summary>
internal static class TestModel
{
    public static TransformerModel Bert(int dimension = 2) => new()
    {
        Id = "test/model",
        Folder = "/models/test",
        Architecture = new BertArchitecture
        {
            VocabularySize = 100,
            HiddenSize = dimension,
            Layers = 1,
            Heads = 1,
            IntermediateSize = 4,
            MaxPositions = 512,
            TokenTypes = 2,
            LayerNormEpsilon = 1e-12,
        },
        Weights = new ModelWeights(["/models/test/model.safetensors"], new Dictionary<string, TensorEntry>(), ""),
        TokenizerFile = "/models/test/tokenizer.json",
        Pooling = Pooling.Mean,
        Normalize = true,
        MaxTokens = 256,
        Prompts = new Dictionary<string, string>(),
    };

    public static LibraryModel Library(int dimension = 2) => new()
    {
        Id = "test/model",
        Folder = "/models/test",
        VectorSize = dimension,
        Pooling = "mean",
        Weights = ["/models/test/model.safetensors"],
        Files = ["model.safetensors"],
        Normalize = true,
        MaxTokens = 256,
        Prompts = new Dictionary<string, string>(),
    };
}
