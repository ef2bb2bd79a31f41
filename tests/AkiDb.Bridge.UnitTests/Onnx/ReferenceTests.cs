using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Onnx;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.UnitTests.Onnx;

public sealed class ReferenceTests
{
    private const int BatchSize = 32;

    public static TheoryData<string> Models => ["all-MiniLM-L6-v2", .. SmallModels.Select(row => row.Data)];

    public static TheoryData<string> SmallModels => ["tiny-bert-cls", "tiny-bert-cased", "tiny-bert-unigram", "tiny-mpnet", "tiny-qwen3", "tiny-roberta", "tiny-xlm-roberta"];

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
            Assert.InRange(EngineCalls.Distance(rows, answers), 0, ReferenceAnswers.ToleranceOf(name));
        }
    }

    [Theory]
    [MemberData(nameof(SmallModels))]
    public async Task Every_text_in_one_call_has_the_reference_vector(string name)
    {
        var model = ModelFolder.Read(TestPaths.Model(name), name);
        await using var engine = OnnxEngine.Load(model, new OnnxOptions(), TimeProvider.System);

        var rows = await EngineCalls.EmbedAsync(engine, model, EngineCalls.Ids(model), TestContext.Current.CancellationToken);

        Assert.InRange(EngineCalls.Distance(rows, ReferenceAnswers.Vectors(name)), 0, ReferenceAnswers.ToleranceOf(name));
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
            Assert.InRange(EngineCalls.Distance(row, answer), 0, ReferenceAnswers.ToleranceOf(name));
        }
    }

    [Theory]
    [InlineData("tiny-mpnet")]
    [InlineData("tiny-roberta")]
    [InlineData("tiny-xlm-roberta")]
    public async Task Padding_that_a_text_holds_as_a_token_is_not_counted_but_attended_to(string name)
    {
        var model = ModelFolder.Read(TestPaths.Model(name), name);
        await using var engine = OnnxEngine.Load(model, new OnnxOptions(), TimeProvider.System);

        var rows = await EngineCalls.EmbedAsync(engine, model, ReferenceAnswers.SpecialTokenIds(name), TestContext.Current.CancellationToken);

        Assert.InRange(EngineCalls.Distance(rows, ReferenceAnswers.Vectors($"{name}.special")), 0, ReferenceAnswers.VectorTolerance);
    }

    [Fact]
    public async Task DistilBert_has_the_reference_vectors_once_its_dense_layer_is_applied()
    {
        const string Name = "tiny-distilbert";
        using var copy = new Models.ModelCopy(Name);
        var modules = JsonNode.Parse(File.ReadAllText(Path.Combine(TestPaths.Model(Name), "modules.json")))!.AsArray();
        modules.RemoveAt(2);
        var model = copy.Write("modules.json", modules.ToJsonString()).Delete("2_Dense").Read() with { Id = Name };
        await using var engine = OnnxEngine.Load(model, new OnnxOptions(), TimeProvider.System);

        var rows = await EngineCalls.EmbedAsync(engine, model, EngineCalls.Ids(model), TestContext.Current.CancellationToken);

        Assert.InRange(EngineCalls.Distance(Dense(rows, model.Dimension, Name), ReferenceAnswers.Vectors(Name)), 0, 5e-6f);
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

    /// <summary>The rows after the model's dense module and its tanh.</summary>
    private static float[] Dense(float[] rows, int inputs, string name)
    {
        var content = File.ReadAllBytes(Path.Combine(TestPaths.Model(name), "2_Dense", "model.safetensors"));
        var start = 8 + (int)BitConverter.ToInt64(content);
        var header = JsonNode.Parse(content.AsSpan(8, start - 8))!;
        var weight = Tensor("linear.weight");
        var bias = Tensor("linear.bias");
        var answers = new float[rows.Length / inputs * bias.Length];
        for (var i = 0; i < answers.Length; i++)
        {
            var row = rows.AsSpan(i / bias.Length * inputs, inputs);
            var output = i % bias.Length;
            double sum = bias[output];
            for (var j = 0; j < inputs; j++)
            {
                sum += row[j] * (double)weight[(output * inputs) + j];
            }

            answers[i] = (float)Math.Tanh(sum);
        }

        return answers;

        float[] Tensor(string tensor)
        {
            var offsets = header[tensor]!["data_offsets"]!;
            return MemoryMarshal.Cast<byte, float>(content.AsSpan((start + offsets[0]!.GetValue<int>())..(start + offsets[1]!.GetValue<int>()))).ToArray();
        }
    }
}
