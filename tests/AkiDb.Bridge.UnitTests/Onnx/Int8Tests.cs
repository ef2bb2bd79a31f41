using AkiDb.Bridge.Models;
using AkiDb.Bridge.Onnx;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.UnitTests.Onnx;

public sealed class Int8Tests
{
    /// <summary>Weights of 7 bits: right on every CPU.</summary>
    private const int Largest = 63;

    private static readonly OnnxOptions Int8 = new() { Precision = OnnxPrecision.Int8 };

    [Fact]
    public void Without_vnni_int8_is_refused_with_a_sentence()
    {
        Assert.SkipWhen(VectorNeuralInstructions.IsSupported, "This CPU has VNNI.");

        var thrown = Assert.Throws<BridgeException>(() => OnnxEngine.Load(Read("tiny-bert-cls"), Int8, TimeProvider.System));

        Assert.Contains("VNNI", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_vnni_int8_is_near_float32()
    {
        Assert.SkipUnless(VectorNeuralInstructions.IsSupported, "This CPU has no VNNI.");
        await using var engine = OnnxEngine.Load(Read("all-MiniLM-L6-v2"), Int8, TimeProvider.System);

        await AssertNearAsync(engine, "all-MiniLM-L6-v2", worst: 0.97);
    }

    [Theory]
    [InlineData("all-MiniLM-L6-v2", 0.95)]
    [InlineData("tiny-bert-cls", 0.99)]
    [InlineData("tiny-qwen3", 0.97)]
    public async Task Int8_graphs_are_near_float32(string name, double worst)
    {
        await using var engine = Load(Read(name));

        Assert.Equal("int8", engine.Precision);
        await AssertNearAsync(engine, name, worst);
    }

    [Theory]
    [InlineData("all-MiniLM-L6-v2")]
    [InlineData("tiny-bert-cls")]
    [InlineData("tiny-qwen3")]
    public async Task Int8_weights_alone_are_nearer_on_every_cpu(string name)
    {
        await using var engine = OnnxEngine.Load(Read(name), new OnnxOptions { Precision = OnnxPrecision.Int8Weights }, TimeProvider.System);

        Assert.Equal("int8-weights", engine.Precision);
        await AssertNearAsync(engine, name, worst: 0.999);
    }

    [Fact]
    public async Task A_text_has_the_same_int8_vector_alone_and_in_a_batch()
    {
        var model = Read("all-MiniLM-L6-v2");
        await using var engine = Load(model);
        var texts = EngineCalls.Ids(model).Take(24).ToArray();

        var together = await EngineCalls.EmbedAsync(engine, model, texts, TestContext.Current.CancellationToken);
        foreach (var (index, text) in texts.Index())
        {
            var alone = await EngineCalls.EmbedAsync(engine, model, [text], TestContext.Current.CancellationToken);
            Assert.InRange(Cosine(alone, together.AsSpan(index * model.Dimension, model.Dimension)), 0.9999, 1.0001);
        }
    }

    private static async Task AssertNearAsync(OnnxEngine engine, string name, double worst)
    {
        var model = Read(name);
        var rows = await EngineCalls.EmbedAsync(
            engine, model, EngineCalls.Ids(model).Take(100), TestContext.Current.CancellationToken);
        var expected = ReferenceAnswers.Vectors(name);
        for (var first = 0; first < rows.Length; first += model.Dimension)
        {
            Assert.InRange(Cosine(rows.AsSpan(first, model.Dimension), expected.AsSpan(first, model.Dimension)), worst, 1.0001);
        }
    }

    private static TransformerModel Read(string name) => ModelFolder.Read(TestPaths.Model(name), name);

    private static OnnxEngine Load(TransformerModel model) =>
        OnnxEngine.Load(model, Int8, new Int8LinearLayer(model.Weights, Largest), TimeProvider.System);

    private static double Cosine(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        var sum = 0.0;
        for (var i = 0; i < left.Length; i++)
        {
            sum += (double)left[i] * right[i];
        }

        return sum;
    }
}
