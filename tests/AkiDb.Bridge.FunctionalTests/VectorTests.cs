using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>Every reference text over HTTP, through both engines: the vectors, the counts, the flags.</summary>
public sealed class VectorTests
{
    private const int BatchSize = 64;

    public static TheoryData<string, int, int, string> ModelsAndEngines =>
        new(from model in new[] { ("all-MiniLM-L6-v2", 384, 256), ("tiny-bert-cls", 96, 512), ("tiny-bert-cased", 64, 64), ("tiny-qwen3", 128, 32768) }
            from engine in new[] { "worker:0", "in-process" }
            select (model.Item1, model.Item2, model.Item3, engine));

    [Theory]
    [MemberData(nameof(ModelsAndEngines))]
    [Trait("Python", "every")]
    public async Task Every_reference_text_gets_the_reference_vector(string model, int dimension, int maxTokens, string engine)
    {
        await using var host = await StartAsync(model, engine);
        var reference = new Reference(model) { Dimension = dimension };
        var lengths = ReferenceAnswers.TokenIds(model).Select(ids => ids.Length).ToList();
        foreach (var batch in reference.All.Chunk(BatchSize))
        {
            // Else the in-process engine would take, on a busy machine, what would wait for the worker.
            var answer = await host.EmbedAsync(new { inputs = Reference.TextsAt(batch), timeout = "2m", fallback = engine == "worker:0" ? "off" : "same-space" });
            reference.Check(answer.Vectors, batch);
            Assert.Equal(engine, answer.ServedBy);
            Assert.Equal(dimension, answer.Dimension);
            Assert.False(answer.Degraded);
            Assert.Equal(batch.Sum(index => Math.Min(lengths[index], maxTokens)), answer.TotalTokens);
            Assert.Equal(batch.Select(index => lengths[index] > maxTokens), answer.Truncated);
        }

        foreach (var index in reference.All.Where(index => index % 45 == 0))
        {
            reference.Check((await host.EmbedAsync(Reference.Texts[index])).Vectors, [index]);
        }
    }

    [Theory]
    [InlineData("worker:0")]
    [InlineData("in-process")]
    public async Task Options_of_a_request_change_its_vectors_as_the_reference_does(string engine)
    {
        await using var host = await StartAsync("tiny-qwen3", engine);
        var plain = new Reference("tiny-qwen3") { Dimension = 128 };
        var query = new Reference("tiny-qwen3.query") { Dimension = 128 };
        var cut = new Reference("tiny-qwen3.dimensions-48") { Dimension = 48 };
        var inputs = Reference.TextsAt(query.All);

        query.Check((await host.EmbedAsync(new { inputs, prompt_name = "query" })).Vectors, query.All);
        plain.Check((await host.EmbedAsync(new { inputs, prompt_name = "document", pooling = "lasttoken" })).Vectors, query.All);
        var short48 = await host.EmbedAsync(new { texts = inputs, dimensions = 48 });
        cut.Check(short48.Vectors, cut.All);
        Assert.Equal(48, short48.Dimension);

        var raw = await host.EmbedAsync(new { inputs, normalize = false });
        Assert.All(raw.Vectors, vector => Assert.InRange(Length(vector), 1.5, 1000));
        plain.Check([.. raw.Vectors.Select(Normalized)], query.All);
        Assert.Contains("norm=none", raw.Space, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_does_not_normalise_does_so_on_request()
    {
        await using var host = await StartAsync("tiny-bert-cased", "in-process");
        var inputs = Reference.TextsAt(Enumerable.Range(0, 32));
        var plain = await host.EmbedAsync(inputs);
        var normalized = await host.EmbedAsync(new { inputs, normalize = true });
        Assert.Contains("norm=none", plain.Space, StringComparison.Ordinal);
        Assert.Contains("norm=l2", normalized.Space, StringComparison.Ordinal);
        Assert.All(plain.Vectors.Zip(normalized.Vectors), pair => Assert.Equal(Normalized(pair.First), pair.Second, (a, b) => MathF.Abs(a - b) <= 1e-6f));
    }

    [Theory]
    [InlineData("same-space")]
    [InlineData("off")]
    public async Task An_input_over_the_maximum_is_refused_when_the_caller_says_so(string fallback)
    {
        await using var host = await StartAsync("tiny-bert-cased", "in-process");
        using var response = await host.PostAsync(new { inputs = new[] { "short", string.Join(' ', Enumerable.Repeat("long", 100)) }, truncate = false, fallback });
        var problem = await Problem.ReadAsync(response);
        Assert.Equal(422, problem.Status);
        Assert.Equal(1, problem.Input);
        Assert.Contains("more than the 64 tokens", problem.Detail, StringComparison.Ordinal);
    }

    private static Task<BridgeHost> StartAsync(string model, string engine)
    {
        // MiniLM is found by its name, as it travels with the product; the others are folders.
        var name = model == "all-MiniLM-L6-v2" ? model : TestPaths.Model(model);
        if (engine == "in-process")
        {
            return BridgeHost.StartAsync(new HostSettings("--model", name, "--provider", "onnx"));
        }

        Python.Require();
        return BridgeHost.StartWithWorkerAsync(new HostSettings("--model", name));
    }

    private static double Length(float[] vector) => Math.Sqrt(vector.Sum(value => (double)value * value));

    private static float[] Normalized(float[] vector)
    {
        var length = Length(vector);
        return [.. vector.Select(value => (float)(value / length))];
    }
}
