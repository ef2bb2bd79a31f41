using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>Static models, which have texts without tokens, through both engines.</summary>
public sealed class StaticModelTests
{
    [Theory]
    [InlineData("tiny-static", 96, 4e-5f, "onnx")]
    [InlineData("tiny-static", 96, 4e-5f, "python-bridge")]
    [InlineData("tiny-model2vec", 64, 6e-6f, "onnx")]
    [InlineData("tiny-model2vec", 64, 6e-6f, "python-bridge")]
    public async Task Every_text_has_the_reference_vector(string name, int dimension, float tolerance, string provider)
    {
        var settings = new HostSettings("--model", Require(name), "--provider", provider);
        await using var host = provider == "onnx" ? await BridgeHost.StartAsync(settings) : await BridgeHost.StartWithWorkerAsync(settings);
        var ids = ReferenceAnswers.TokenIds(name);
        var expected = ReferenceAnswers.Vectors(name);

        foreach (var batch in Enumerable.Range(0, Reference.Texts.Count).Chunk(64))
        {
            var answer = await host.EmbedAsync(Reference.TextsAt(batch));

            Assert.Equal(provider == "onnx" ? "in-process" : "worker:0", answer.ServedBy);
            Assert.Equal(batch.Sum(index => ids[index].Length), answer.TotalTokens);
            Check(answer.Vectors, expected.AsSpan(batch[0] * dimension, batch.Length * dimension), tolerance);
        }

        Check((await host.EmbedAsync([.. ReferenceAnswers.SpecialTexts])).Vectors, ReferenceAnswers.Vectors($"{name}.special"), tolerance);
        Check((await host.EmbedAsync("")).Vectors, new float[dimension], 0);
    }

    [Fact]
    public async Task Worker_killed_the_in_process_engine_goes_on_in_the_same_space()
    {
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--model", Require("tiny-model2vec")));
        var before = await host.EmbedAsync(new[] { "", "a text" });
        Signals.Send((await host.ReadinessAsync()).Worker.Pid!.Value, Signals.Kill);
        var after = await host.EmbedAsync(new[] { "", "a text" });

        Assert.Equal(before.Space, after.Space);
        Assert.Equal(before.Vectors[0], after.Vectors[0]);
        Check(after.Vectors, before.Vectors.SelectMany(vector => vector).ToArray(), 1e-6f);
    }

    private static string Require(string name)
    {
        Python.Require();
        var folder = TestPaths.SharedModel(name);
        Assert.SkipWhen(folder is null, $"The model {name} does not lie beside this checkout.");
        return folder!;
    }

    private static void Check(IReadOnlyList<float[]> vectors, ReadOnlySpan<float> expected, float tolerance)
    {
        var actual = vectors.SelectMany(vector => vector).ToArray();
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < actual.Length; i++)
        {
            Assert.InRange(Math.Abs(actual[i] - expected[i]), 0, tolerance);
        }
    }
}
