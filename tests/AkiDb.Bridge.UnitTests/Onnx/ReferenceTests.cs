using AkiDb.Bridge.Models;
using AkiDb.Bridge.Onnx;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.UnitTests.Onnx;

public sealed class ReferenceTests
{
    private const int BatchSize = 32;

    public static TheoryData<string> Models => ["all-MiniLM-L6-v2", "tiny-bert-cls", "tiny-bert-cased", "tiny-qwen3"];

    public static TheoryData<string> SmallModels => ["tiny-bert-cls", "tiny-bert-cased", "tiny-qwen3"];

    public static TheoryData<string, string> Poolings
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var pooling in Enum.GetValues<Pooling>())
            {
                cases.Add("tiny-bert-cls", pooling.ToName());
                cases.Add("tiny-qwen3", pooling.ToName());
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Every_text_in_batches_has_the_reference_vector(string name)
    {
        var model = ModelFolder.Read(TestPaths.Model(name), name);
        await using var engine = OnnxEngine.Load(model, new OnnxOptions(), TimeProvider.System);

        var expected = ReferenceAnswers.Vectors(name);
        var texts = EngineCalls.Ids(model);
        for (var first = 0; first < texts.Length; first += BatchSize)
        {
            var batch = texts.Skip(first).Take(BatchSize).ToArray();
            var rows = await EngineCalls.EmbedAsync(engine, model, batch, TestContext.Current.CancellationToken);

            var answers = expected.AsSpan(first * model.Dimension, batch.Length * model.Dimension);
            Assert.InRange(EngineCalls.Distance(rows, answers), 0, ReferenceAnswers.VectorTolerance);
        }
    }

    [Theory]
    [MemberData(nameof(SmallModels))]
    public async Task Every_text_in_one_call_has_the_reference_vector(string name)
    {
        var model = ModelFolder.Read(TestPaths.Model(name), name);
        await using var engine = OnnxEngine.Load(model, new OnnxOptions(), TimeProvider.System);

        var rows = await EngineCalls.EmbedAsync(engine, model, EngineCalls.Ids(model), TestContext.Current.CancellationToken);

        Assert.InRange(EngineCalls.Distance(rows, ReferenceAnswers.Vectors(name)), 0, ReferenceAnswers.VectorTolerance);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task A_text_alone_has_the_reference_vector(string name)
    {
        var model = ModelFolder.Read(TestPaths.Model(name), name);
        await using var engine = OnnxEngine.Load(model, new OnnxOptions(), TimeProvider.System);

        var expected = ReferenceAnswers.Vectors(name);
        foreach (var (text, ids) in EngineCalls.Ids(model).Index().Where(text => text.Index % 24 == 0))
        {
            var row = await EngineCalls.EmbedAsync(engine, model, [ids], TestContext.Current.CancellationToken);

            var answer = expected.AsSpan(text * model.Dimension, model.Dimension);
            Assert.InRange(EngineCalls.Distance(row, answer), 0, ReferenceAnswers.VectorTolerance);
        }
    }

    [Theory]
    [MemberData(nameof(Poolings))]
    public async Task Every_pooling_has_the_reference_vectors(string name, string pooling)
    {
        var model = ModelFolder.Read(TestPaths.Model(name), name) with { Pooling = PoolingNames.Parse(pooling)!.Value };
        await using var engine = OnnxEngine.Load(model, new OnnxOptions(), TimeProvider.System);
        var expected = ReferenceAnswers.Vectors($"{name}.pooling-{pooling}");

        var texts = EngineCalls.Ids(model).Take(expected.Length / model.Dimension);
        var rows = await EngineCalls.EmbedAsync(engine, model, texts, TestContext.Current.CancellationToken);

        Assert.InRange(EngineCalls.Distance(rows, expected), 0, ReferenceAnswers.VectorTolerance);
    }
}
