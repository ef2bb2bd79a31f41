using AkiDb.Bridge.Models;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.UnitTests.Doubles;

/// <summary>A model that exists only as its description.</summary>
internal static class TestModel
{
    // Workers are told where sealed copies of it are.
    private static readonly string WeightsFile = Path.Combine(TestPaths.Model("tiny-bert-cls"), "model.safetensors");

    public static TransformerModel Bert(int dimension = 2) => new()
    {
        Id = "test/model",
        Folder = "/models/test",
        Architecture = new EncoderArchitecture
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
        Weights = new ModelWeights([WeightsFile], new Dictionary<string, TensorEntry>(), ""),
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
        Weights = [WeightsFile],
        Files = [new LibraryFile("model.safetensors", WeightsFile, null)],
        Normalize = true,
        MaxTokens = 256,
        Prompts = new Dictionary<string, string>(),
    };
}
