using AkiDb.Bridge.Models;
using AkiDb.Bridge.Onnx;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.UnitTests.Onnx;

/// <summary>The families of models that people use, against their reference: the folders that are too many for the checkout lie beside it.</summary>
public sealed class FamilyTests
{
    private const int BatchSize = 32;

    public static TheoryData<string> Families =>
    [
        "tiny-distilbert", "tiny-gemma3", "tiny-gte-new", "tiny-gte-new-multilingual", "tiny-jina-bert", "tiny-labse", "tiny-modernbert", "tiny-nomic-bert", "tiny-qwen2",
    ];

    [Theory]
    [MemberData(nameof(Families))]
    public async Task Every_text_in_batches_has_the_reference_vector(string name)
    {
        var model = Read(name);
        await using var engine = OnnxEngine.Load(model, new OnnxOptions { BatchTokens = 1024 }, TimeProvider.System);

        var rows = await EngineCalls.EmbedAsync(engine, model, EngineCalls.Ids(model), TestContext.Current.CancellationToken);

        Assert.InRange(EngineCalls.Distance(rows, ReferenceAnswers.Vectors(name)), 0, ReferenceAnswers.ToleranceOf(name));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public async Task A_text_alone_has_the_reference_vector(string name)
    {
        var model = Read(name);
        await using var engine = OnnxEngine.Load(model, new OnnxOptions(), TimeProvider.System);
        var expected = ReferenceAnswers.Vectors(name);

        foreach (var (text, ids) in EngineCalls.Ids(model).Index())
        {
            var row = await EngineCalls.EmbedAsync(engine, model, [ids], TestContext.Current.CancellationToken);

            Assert.InRange(EngineCalls.Distance(row, expected.AsSpan(text * model.Dimension, model.Dimension)), 0, ReferenceAnswers.ToleranceOf(name));
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public async Task A_text_with_added_tokens_has_the_reference_vector(string name)
    {
        var model = Read(name);
        await using var engine = OnnxEngine.Load(model, new OnnxOptions(), TimeProvider.System);

        var rows = await EngineCalls.EmbedAsync(engine, model, ReferenceAnswers.SpecialTokenIds(name), TestContext.Current.CancellationToken);

        Assert.InRange(EngineCalls.Distance(rows, ReferenceAnswers.Vectors($"{name}.special")), 0, ReferenceAnswers.ToleranceOf(name));
    }

    private static TransformerModel Read(string name)
    {
        Assert.SkipUnless(Directory.Exists(TestPaths.Model(name)), $"The model {name} does not lie beside this checkout.");
        return ModelFolder.Read(TestPaths.Model(name), name);
    }
}
